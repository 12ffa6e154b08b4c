/**
 * A server of somebody else's that a test talks to: a process of its own, with a folder and a port of its own. It is
 * stopped and its folder removed when the test has ended, however it ended.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { missing } from './slow.ts'

const run = promisify(execFile)

/** `nobody` of every Linux. PostgreSQL refuses to run as root, and nothing here needs to. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
/** A fast shutdown, to PostgreSQL and Redis alike. Also sent by the kernel if the process of the tests is killed. */
const STOP = 'SIGINT'
const SETPRIV = 'setpriv'
const FLAGS = [...(isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []), `--pdeathsig=${STOP}`]
/** In both servers' logs. */
const READY = /ready to accept connections/i
const ENV = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves once the server's log says that it is ready; rejects with the log if it ends before. */
async function untilReady(server: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr] as Readable[])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-4000)
        if (READY.test(log)) resolve()
      })
    server.once('error', reject)
    server.once('close', () => reject(new Error(`${server.spawnargs.join(' ')} ended: ${log}`)))
  })
}

/** What to run. */
export interface Service {
  /** Commands that run to their end first, one after the other. */
  prepare?: (folder: string) => string[][]
  /** The server, in the foreground, listening on 127.0.0.1. */
  command: (folder: string, port: number) => string[]
}

/**
 * Starts a server and waits until it accepts connections. As root it runs as `nobody`.
 *
 * @param ctx - The test, at whose end the server is stopped. It is skipped where setpriv does not work.
 * @returns The port.
 * @throws Error with the server's log if it does not start.
 */
export async function startService(ctx: TestContext, { prepare, command }: Service): Promise<number> {
  if (spawnSync(SETPRIV, [...FLAGS, 'true']).status !== 0)
    missing(ctx, 'setpriv of util-linux is missing, or not allowed')
  const folder = mkdtempSync(join(tmpdir(), 'atfork-service-'))
  ctx.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  for (const one of prepare?.(folder) ?? []) await run(SETPRIV, [...FLAGS, ...one], { cwd: folder, env: ENV })
  const port = await freePort()
  const server = spawn(SETPRIV, [...FLAGS, ...command(folder, port)], {
    cwd: folder,
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => server.once('error', resolve).once('close', resolve))
  // Run before the folder is removed: vitest calls them in reverse order.
  ctx.onTestFinished(async () => {
    server.kill(STOP)
    await ended
  })
  await untilReady(server)
  return port
}
