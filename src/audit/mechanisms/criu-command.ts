/** The program `criu`: whether it works here, and its two commands. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Obstacle } from '../mechanism.ts'

const run = promisify(execFile)

/** 3.17 fails on current kernels ("Unexpected rt vDSO area bounds"). */
const OLDEST = { major: 4, minor: 1 }
const INSTALL = `install criu >= ${OLDEST.major}.${OLDEST.minor} (Debian 13 has it), or set ATFORK_CRIU to the program's path`
const LOG_LINES = 5
/** A command that hangs is a failure too. None takes a tenth of this. */
const MAX_MS = 2 * 60_000

const program = (): string => process.env.ATFORK_CRIU || 'criu'
const lastLines = (text: string): string => text.trim().split('\n').slice(-LOG_LINES).join('\n')

/** Why no checkpoint can be made here. */
export async function criuObstacle(): Promise<Obstacle | undefined> {
  if (process.platform !== 'linux') return { reason: 'CRIU is for Linux', remedy: 'run it on Linux' }
  let version: string
  try {
    version = (await run(program(), ['--version'])).stdout
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { reason: code === 'ENOENT' ? `there is no ${program()}` : message.trim(), remedy: INSTALL }
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    return { reason: `criu is ${major}.${minor}, which is too old`, remedy: INSTALL }
  if (process.geteuid?.() !== 0) return { reason: 'criu needs root', remedy: 'run it as root' }
  try {
    await run(program(), ['check'])
    return undefined
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    return {
      reason: `criu check says no: ${lastLines(stderr ?? String(error))}`,
      remedy: 'a container needs --privileged, a kernel CONFIG_CHECKPOINT_RESTORE',
    }
  }
}

/** A process that can be checkpointed: the original, or a restored one. */
export interface Running {
  pid: number
  /** Once it has ended and its pid is free: undefined if its exit code was 0, else what is known of its end. */
  over: Promise<string | undefined>
}

/** @param log - File whose last lines tell why it failed. */
export function endOf(child: ChildProcess, what: string, log?: string): Running['over'] {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`${what}: ${error.message}`))
    child.once('exit', (code, signal) => {
      if (code === 0) return resolve(undefined)
      const end = `${what} ended with ${signal ?? `exit code ${code}`}`
      resolve(log === undefined ? end : `${end}: ${tail(log)}`)
    })
  })
}

function tail(file: string): string {
  try {
    return lastLines(readFileSync(file, 'utf8'))
  } catch {
    return 'no log'
  }
}

/** A session of its own: Ctrl-C must not hit it while a process is half dumped. */
function criu(command: 'dump' | 'restore', images: string, ...args: string[]): Running['over'] {
  const log = `${command}.log`
  const options = [command, '--images-dir', images, '--log-file', log, '--shell-job', ...args]
  const child = spawn(program(), options, { stdio: 'ignore', detached: true, timeout: MAX_MS, killSignal: 'SIGKILL' })
  return endOf(child, `criu ${command}`, join(images, log))
}

/** Writes a process's memory and all else into a new folder, and ends the process. */
export async function dump({ pid, over }: Running, images: string): Promise<void> {
  mkdirSync(images)
  const failure = await criu('dump', images, '--tree', String(pid))
  if (failure !== undefined) throw new Error(failure)
  await over
}

/** CRIU calls it at each step. */
const ACTION_SCRIPT = `#!/bin/sh
case $CRTOOLS_SCRIPT_ACTION in post-resume) : >"\${0%/*}/resumed" ;; esac
`

/**
 * Brings a process back from such a folder, with the pid that it had. CRIU stays its parent (no --restore-detached) and
 * reaps it: in a container whose first process does not, a zombie would keep the pid from the next restore.
 */
export async function restore(pid: number, images: string): Promise<Running> {
  const script = join(images, 'action.sh')
  const resumed = join(images, 'resumed')
  writeFileSync(script, ACTION_SCRIPT, { mode: 0o700 })
  rmSync(resumed, { force: true })
  const running: Running = { pid, over: criu('restore', images, '--action-script', script) }
  // Until CRIU has let go of it, it must not end: CRIU would give up, and leave a zombie.
  await fileBy(running, resumed)
  return running
}

const POLL_MS = 10

/** Waits until a file is there, which a process makes. */
export async function fileBy({ over }: Running, file: string): Promise<void> {
  let end: string | undefined
  over.then((failure) => {
    end = failure ?? 'the process ended before its time'
  })
  while (!existsSync(file)) {
    if (end !== undefined) throw new Error(end)
    await sleep(POLL_MS)
  }
}
