/** Runs a piece of an ES module in a process of its own, against the built package. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** The built package. */
export const PACKAGE: string = new URL('../../dist/index.js', import.meta.url).href
/** A child that hangs is a failure, and must not outlive the test. */
const TIMEOUT = 50_000
/** What Node 26 prints, with its advice, when healing reaches OpenSSL by node:ffi. */
const FFI_WARNING = /^\(node:\d+\) ExperimentalWarning: FFI is .*\n(\(Use `.*\n)?/gm

/** What was printed on stderr, but for that. */
export const withoutFfiWarning = (stderr: string): string => stderr.replaceAll(FFI_WARNING, '')

export interface ChildOptions {
  /** Node's own. */
  flags?: string[]
  cwd?: string
  /** Beside the environment of the test. */
  env?: Record<string, string>
  /** The command that starts the process, in front of Node's own: `['unshare', '-m']`. */
  within?: readonly string[]
}

/**
 * Runs `code` in a new Node process and returns what it passed to `report(value)`, a function that it finds ready.
 * `import … from 'atfork'` and `import('atfork')` mean the built package. Whatever it prints on stderr is an error,
 * but for Node's warning of node:ffi.
 */
export async function runNode(code: string, options: ChildOptions = {}): Promise<unknown> {
  const program = `import { writeSync } from 'node:fs'
    const report = (value) => writeSync(1, JSON.stringify(value) + '\\n')
    ${code.replaceAll(/(from |import\()'atfork'/g, `$1${JSON.stringify(PACKAGE)}`)}`
  const node = [process.env.ATFORK_NODE ?? process.execPath, ...(options.flags ?? [])]
  const [command = '', ...args] = [...(options.within ?? []), ...node, '--input-type=module', '--eval', program]
  const env = { ...process.env, ...options.env }
  const limits = { timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const
  const { stdout, stderr } = await run(command, args, { cwd: options.cwd, env, ...limits })
  const told = withoutFfiWarning(stderr)
  if (told !== '') throw new Error(`expected nothing on stderr, got ${told}`)
  return JSON.parse(stdout)
}
