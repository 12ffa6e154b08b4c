/** A process that is checkpointed by CRIU and restored as often as one likes. */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type TestContext, vi } from 'vitest'
import { criu } from '../../src/audit/mechanisms/criu.ts'
import { dump, endOf, fileBy, restore } from '../../src/audit/mechanisms/criu-command.ts'
import { ringlessEnvironment } from '../../src/audit/mechanisms/criu-io-uring.ts'
import { inFolder, requireMechanism } from './clone.ts'
import { ROOT } from './packed.ts'

// What is copied runs the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => fileURLToPath(new URL(`../../dist/audit/${name}.js`, import.meta.url)),
}))

/** Skips the test, with the reason, where there is no CRIU. */
export const requireCriu = (ctx: TestContext): Promise<void> => requireMechanism(ctx, criu)

/** What a program finds ready. It must not draw between `ready()` and `go()`. */
const PRELUDE = `
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const write = (file, text) => (writeFileSync(file + '.part', text), renameSync(file + '.part', file))
/** Says that the checkpoint can be taken. */
const ready = () => write('ready', '')
const orders = () => existsSync('go') ? JSON.parse(readFileSync('go', 'utf8')) : undefined
const obey = (order) => (Object.assign(process.env, order.env), order)
/** What this restored process is told; waits for it. */
const go = async () => {
  for (;;) {
    const order = orders()
    if (order !== undefined) return obey(order)
    await sleep(10)
  }
}
/** The same without going back to the event loop. */
const goBlocked = () => {
  for (;;) {
    const order = orders()
    if (order !== undefined) return obey(order)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}
/** Ends the process. */
const report = (value) => (write('report', JSON.stringify(value)), process.exit())
`

/** What a program can import: this package as it was built, and libraries with pools of their own. */
const PACKAGES: Record<string, string> = {
  atfork: ROOT,
  nanoid: join(ROOT, 'node_modules/nanoid'),
  uuid: join(ROOT, 'node_modules/uuid'),
  jose: join(ROOT, 'node_modules/jose'),
}

/** The process that is checkpointed. */
export interface Program {
  /** An ES module, which can import {@link PACKAGES}. It calls `ready()`, `go()` and `report(value)`. */
  code: string
  /** Node's own. */
  flags?: string[]
  env?: NodeJS.ProcessEnv
}

/** What one restored process is told. */
export interface Order {
  /** Set before `go()` returns. */
  env?: NodeJS.ProcessEnv
  /** Sent to it before that. */
  signal?: NodeJS.Signals
}

/**
 * Starts the program in an empty folder, checkpoints it when it is ready, and restores it once for each order.
 *
 * @returns What each restored process reported.
 */
export function restores({ code, flags = [], env = {} }: Program, orders: readonly Order[]): Promise<unknown[]> {
  return inFolder(async (folder) => {
    const file = (name: string): string => join(folder, name)
    writeFileSync(file('program.mjs'), PRELUDE + code)
    mkdirSync(file('node_modules'))
    for (const [name, path] of Object.entries(PACKAGES)) symlinkSync(path, file(`node_modules/${name}`))
    mkdirSync(file('work'))
    await promisify(execFile)('mkfifo', ['gate'], { cwd: file('work') })
    const child = spawn(process.execPath, [...flags, file('program.mjs')], {
      cwd: file('work'),
      env: { ...(await ringlessEnvironment(folder)), ...env },
      stdio: 'ignore',
      detached: true, // a session of its own: what belongs to another process cannot be dumped
    })
    let current = { pid: child.pid ?? 0, over: endOf(child, 'the process to be copied') }
    const { pid } = current
    try {
      await fileBy(current, file('work/ready'))
      await dump(current, file('images'))
      const reports: unknown[] = []
      for (const { env = {}, signal } of orders) {
        current = await restore(pid, file('images'))
        if (signal !== undefined) process.kill(pid, signal)
        writeFileSync(file('go'), JSON.stringify({ env }))
        renameSync(file('go'), file('work/go')) // at once, so that it does not read half of it
        await fileBy(current, file('work/report'))
        reports.push(JSON.parse(readFileSync(file('work/report'), 'utf8')))
        rmSync(file('work/go'))
        rmSync(file('work/report'))
        const failure = await current.over
        if (failure !== undefined) throw new Error(failure)
      }
      return reports
    } finally {
      end(pid, folder)
      await current.over
    }
  })
}

/** If the pid is still that of a process of this folder. */
function end(pid: number, folder: string): void {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)) process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}
