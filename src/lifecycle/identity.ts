/**
 * Who runs this code: process, thread, worker and the time. It separates copies; it is never secret.
 *
 * `process.pid` is no help: Node captures it at start-up, so that in a child of fork(2) it is the parent's. The live
 * values are in `/proc/self/stat`. Pid and start time together tell a fork and a restored checkpoint for certain.
 */
import { builtin } from '../builtins.ts'
import { buildingSnapshot } from '../startup-snapshot.ts'
import { type BirthKind, exchangeProcess, type ForkEvent, generation } from './record.ts'

interface LiveProcess {
  pid: number
  /** Field 22 of proc(5)'s stat: clock ticks since boot. */
  startTime: number
}

// As they were at import: what an application puts in their place, or takes away, changes nothing.
const { process } = globalThis
const wallClock = Date.now
const monotonicClock = globalThis.performance.now.bind(globalThis.performance)
const { timeOrigin } = globalThis.performance
const nanoseconds = process?.hrtime?.bigint
const { openSync, readSync, closeSync } = builtin('fs') ?? {}
const STAT = '/proc/self/stat'
const stat = new Uint8Array(new ArrayBuffer(1024)) // the file has some 300 bytes

const SPACE = 0x20
const PARENTHESIS = 0x29
const ZERO = 0x30

/** The decimal number that begins at `start`. This runs at each refill: strings would take a third of its time. */
function digits(start: number, end: number): number | undefined {
  let value = 0
  let at = start
  for (let digit = 0; at < end; at++) {
    digit = (stat[at] as number) - ZERO
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return at > start && Number.isSafeInteger(value) ? value : undefined
}

/** pid and start time from `/proc/self/stat`, or undefined where it cannot be read (other systems, `--permission`). */
function readStat(): LiveProcess | undefined {
  if (!openSync || !readSync || !closeSync || process.platform !== 'linux') return undefined
  let length: number
  try {
    const fd = openSync(STAT, 'r')
    try {
      length = readSync(fd, stat, 0, stat.length, 0)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined // documented: where it cannot be read, detection is off, and that is no error
  }
  // Field 2 is the command in parentheses and may contain any character: fields are counted from the last ')'.
  let at = stat.lastIndexOf(PARENTHESIS, length - 1)
  for (let field = 2; field < 22 && at >= 0; field++) at = stat.indexOf(SPACE, at + 1)
  const pid = digits(0, length)
  const startTime = at < 0 ? undefined : digits(at + 1, length)
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime }
}

let live: LiveProcess | undefined

const TIME_BITS = 42n // of clock ticks: over 1,000 years at 100 a second

/** Reads anew who runs this process, and says whether it was copied since this was last asked, and how. */
export function noticeCopy(): 'fork' | 'clone' | undefined {
  live = readStat()
  if (live === undefined || buildingSnapshot()) return undefined // who builds a snapshot is not who runs it
  const stamp = (BigInt(live.pid) << TIME_BITS) | BigInt(live.startTime)
  const before = exchangeProcess(stamp)
  if (before === stamp || before === 0n) return undefined
  // A restored checkpoint has its pid back and a start time of its own; a fork has neither of its parent's.
  return before >> TIME_BITS === stamp >> TIME_BITS ? 'clone' : 'fork'
}

// node:worker_threads prints a warning when it is loaded while a snapshot is built; there is but one thread then.
let threads: typeof import('node:worker_threads') | undefined
let workerId: number | undefined

/**
 * Finds out which thread and which cluster worker this is. At import, and again in a deserialised process.
 *
 * @returns What kind of child, if it is one.
 */
export function locate(): BirthKind | undefined {
  if (buildingSnapshot()) return undefined
  threads = builtin('worker_threads')
  // Only a child with an IPC channel can be a cluster worker, and there node:cluster is loaded already.
  const connected = process?.send !== undefined
  if (connected) workerId = builtin('cluster')?.worker?.id
  if (threads?.isMainThread === false) return 'thread'
  if (workerId !== undefined) return 'cluster'
  return connected ? 'process' : undefined
}

/** What hooks are told of what happened now. */
export const forkEvent = (kind: ForkEvent['kind']): ForkEvent => ({
  kind,
  generation: generation(),
  pid: live?.pid ?? process?.pid ?? 0,
  threadId: threads?.threadId ?? 0,
  ...(workerId !== undefined && { workerId }),
})

/** Whether a fork or a restore can be noticed. */
export const detection = (): 'on' | `off: ${string}` =>
  live !== undefined ? 'on' : `off: ${STAT} cannot be read, so that only snapshots and calls of atfork() are heard of`

/**
 * What makes this moment of this thread of this process different from every other, as bytes: live pid, start time,
 * parent's pid, thread id, worker id, generation, both clocks. {@link noticeCopy} has read the first two.
 */
export function identity(): Uint8Array {
  const numbers = Float64Array.of(
    live?.pid ?? process?.pid ?? 0,
    live?.startTime ?? 0,
    process?.ppid ?? 0,
    threads?.threadId ?? 0,
    workerId ?? 0,
    generation(),
    wallClock(), // wall clock, ms: JavaScript has no finer one
    timeOrigin,
    monotonicClock(),
    0,
  )
  // The monotonic clock in nanoseconds, for performance.now() is coarse in places.
  if (nanoseconds !== undefined) new BigInt64Array(numbers.buffer)[numbers.length - 1] = nanoseconds()
  return new Uint8Array(numbers.buffer)
}
