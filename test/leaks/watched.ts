/** A program that is stopped at points of its own choice, where its memory is searched. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { PACKAGE } from '../support/node-child.ts'
import { missing } from '../support/slow.ts'
import { type Finding, type Secret, search } from './memory.ts'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

/** Skips the test, with the reason, where another process's memory cannot be read; fails it if ATFORK_REQUIRE_ALL is 1. */
export async function requireMemory(ctx: TestContext): Promise<void> {
  const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
  try {
    for (const name of ['mem', 'pagemap']) closeSync(openSync(`/proc/${child.pid}/${name}`, 'r'))
  } catch (error) {
    missing(ctx, `the memory of a child cannot be read: ${(error as Error).message}`)
  } finally {
    child.kill('SIGKILL')
  }
}

export interface Watched {
  /** Its bytes are handed to the program through a file, and are never in an argument or a message. */
  secrets: Uint8Array
  env?: Record<string, string>
  /** The build of the package. Default: dist/. */
  build?: string
  /** Whether the kernel's bytes come from `secrets` too. */
  scripted?: boolean
}

/**
 * Runs a program of programs/ and searches it at each stop.
 *
 * @param known - All secrets that there are, known at the first stop by the program's pid.
 * @returns What was found, by the stop's name.
 */
export const watch = (
  name: string,
  { secrets, env = {}, build = PACKAGE, scripted = false }: Watched,
  known: (pid: number) => readonly Secret[],
): Promise<Record<string, Finding[]>> =>
  inFolder(async (folder) => {
    const file = join(folder, 'secrets')
    writeFileSync(file, secrets)
    const preload = scripted ? ['--require', program('scripted-kernel.cjs')] : []
    const child = spawn(process.execPath, ['--expose-gc', ...preload, program(name)], {
      env: { ...process.env, ...env, SECRETS: file, ATFORK_BUILD: build },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const pid = child.pid as number
      const found: Record<string, Finding[]> = {}
      let all: readonly Secret[] | undefined
      for await (const stop of createInterface(child.stdout)) {
        all ??= known(pid)
        found[stop] = search(pid, all)
        child.stdin.write('\n')
      }
      return found
    } finally {
      child.kill('SIGKILL')
    }
  })

/** The names of what was found, each once. */
export const names = (findings: readonly Finding[] | undefined): string[] =>
  [...new Set((findings ?? []).map(({ name }) => name))].sort()
