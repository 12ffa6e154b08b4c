/**
 * Real fork(2): copies of a running process, memory and all.
 *
 * Node has no fork(2), and V8 gives its heap the advice not to be copied. So gcc compiles an addon that forks and a
 * library that keeps that advice from the kernel. A copy has only the thread that forked, so V8 is told to do without
 * others. A test rig, not a feature.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { columnsOf, hostFile, type Mechanism, makeCopies, type Obstacle, withFolder } from '../mechanism.ts'
import { type Found, UNHEALED } from '../subject.ts'

const run = promisify(execFile)
/** A source file that the package ships. */
const native = (name: string): string => join(dirname(hostFile('fork')), '../../native', name)
/**
 * Node starts V8's threads all the same, and a collection of garbage may wake one. Of several some can be half awake when
 * the process is forked, and glibc's pthread_cond_signal then waits in the copy for a thread that is not there. Of one, not.
 */
const FLAGS = ['--single-threaded', '--v8-pool-size=1']
/** That copies do not end at all is a failure too. 64 copies with 4,096 draws take a tenth of this. */
const MAX_MS = 2 * 60_000
const TAIL = 2000

/** Whether this machine can compile and run it. */
async function obstacle(): Promise<Obstacle | undefined> {
  if (process.platform !== 'linux')
    return {
      reason: `real fork(2) of Node works on Linux only, this is ${process.platform}`,
      remedy: 'run it on Linux',
    }
  try {
    await run('gcc', ['-fsyntax-only', native('fork-addon.c'), native('keep-heap.c')])
    return undefined
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') return { reason: 'gcc is not installed', remedy: 'apt-get install gcc libc6-dev' }
    return { reason: `gcc does not work: ${stderr?.slice(-TAIL)}`, remedy: 'apt-get install gcc libc6-dev' }
  }
}

/** The end of what a process writes to stderr. */
function tailOf(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-TAIL)
  })
  return () => text.trim()
}

/** Once so many copies have said that they are there, by one byte each, the end of the stream tells all of them to go on. */
function openBarrier(barrier: Duplex, copies: number): void {
  let missing = copies
  barrier.on('data', (bytes: Uint8Array) => {
    missing -= bytes.length
    if (missing === 0) barrier.end()
  })
  barrier.on('error', () => {}) // the process is gone, which its exit code tells better
}

/**
 * Runs a program that can fork, as `node program addon ...args`, until it and its copies have ended.
 *
 * @param copies - How many processes meet at the barrier: each writes a byte to descriptor 3, then reads until its end.
 * @param env - Added to the environment.
 * @throws Error if the program ended by anything but exit code 0.
 */
export async function runForking(
  folder: string,
  program: string,
  args: string[],
  copies: number,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const addon = join(folder, 'fork.node')
  const keepHeap = join(folder, 'keep-heap.so')
  const compile = (file: string, source: string) => run('gcc', ['-shared', '-fPIC', '-O1', '-o', file, native(source)])
  await Promise.all([compile(addon, 'fork-addon.c'), compile(keepHeap, 'keep-heap.c')])
  const host: ChildProcess = spawn(process.execPath, [...FLAGS, program, addon, ...args], {
    env: { ...process.env, ...env, LD_PRELOAD: `${keepHeap}:${process.env.LD_PRELOAD ?? ''}` },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: MAX_MS,
    killSignal: 'SIGKILL',
  })
  const stderr = tailOf(host.stderr as Readable)
  openBarrier(host.stdio[3] as Duplex, copies)
  const [code, signal] = await once(host, 'close')
  if (code !== 0) throw new Error(`the process that forks ended with ${signal ?? `exit code ${code}`}: ${stderr()}`)
}

export const fork: Mechanism = {
  name: 'fork',
  summary: 'copies made by fork(2)',
  needs: 'Linux, gcc',
  byDefault: false,
  seconds: 2,
  obstacle,
  run: (job) =>
    withFolder(job, async (folder) => {
      await runForking(folder, hostFile('fork'), [folder], 2 * job.copies, UNHEALED)
      const found = (copy: number): Found => JSON.parse(readFileSync(join(folder, `report-${copy}.json`), 'utf8'))
      const copies = await makeCopies(job.copies, async (copy) => found(copy))
      return columnsOf('fork', [found(0).report], ...copies)
    }),
}
