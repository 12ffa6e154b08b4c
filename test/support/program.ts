/** A Node program that goes on until it is stopped, as servers do, and what it prints meanwhile. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'vitest'

export interface Program {
  /** What it and its children have printed so far on stdout. */
  lines: readonly string[]
  /** The first `count` lines that match, once there are as many. Rejects with the output if the program ends before. */
  printed(pattern: RegExp, count: number): Promise<string[]>
  /** Sends the signal, and resolves when the program and all who hold its stdout have ended. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/**
 * Starts `node ...args`. It is killed when the test has ended, however it ended; cluster workers end with their primary.
 *
 * @param ctx - The test.
 * @param options - `env` beside the environment of the test.
 */
export function startProgram(
  ctx: TestContext,
  args: readonly string[],
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): Program {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let errors = ''
  let ended = false
  let look = (): void => {}
  const closed = once(child, 'close').then(() => {
    ended = true
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    look()
  })
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await closed
  }
  ctx.onTestFinished(() => stop('SIGKILL'))
  return {
    lines,
    printed: (pattern, count) =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = lines.filter((line) => pattern.test(line))
          if (found.length >= count) resolve(found.slice(0, count))
          else if (ended)
            reject(
              new Error(`expected ${count} lines ${pattern}, got ${JSON.stringify(lines)}, and on stderr ${errors}`),
            )
        }
        look()
      }),
    stop,
  }
}
