/**
 * What all copies of this package in one isolate share (a bundle beside node_modules is a second copy), and what the
 * threads of one process share. Never a key, a pool or V.
 *
 * The shared part is a table of 32-bit integers in a SharedArrayBuffer. A thread inherits it from the thread that
 * started it, as environment data, so that a bump in one is seen by the others at their next draw.
 */
import { builtin } from '../builtins.ts'
import { define } from '../define.ts'
import { buildingSnapshot } from '../startup-snapshot.ts'

/**
 * How a process was copied: deserialised from a V8 startup snapshot; forked (another pid); restored from a checkpoint
 * or cloned with its machine (the same pid); `manual`: somebody called `atfork()`.
 */
export type CopyKind = 'snapshot' | 'fork' | 'clone' | 'manual'

/** How a child began that shares no memory with its parent: a cluster worker, a worker thread, a forked child. */
export type BirthKind = 'cluster' | 'thread' | 'process'

const KINDS: readonly CopyKind[] = ['snapshot', 'fork', 'clone', 'manual']

/** What a hook is told. */
export interface ForkEvent {
  /**
   * `cluster`, `thread`, `process`: a new child, which was not copied. `snapshot`: started from a V8 startup snapshot.
   * `fork`: another pid. `clone`: the same pid, restored or cloned. `manual`: somebody called `atfork()`.
   */
  kind: BirthKind | CopyKind
  /** The generation at which this thread hears of it. */
  generation: number
  /** The live process id, which in a forked process is not `process.pid`. */
  pid: number
  /** 0 in the main thread. */
  threadId: number
  /** The cluster worker's id, in one. */
  workerId?: number
}

/** A hook, its name for errors, and how many milliseconds it may take. */
interface Hook<Arguments extends unknown[]> {
  call: (...args: Arguments) => unknown
  name: string
  timeout: number
}
export type PostforkHook = Hook<[event: ForkEvent]>
export type PreforkHook = Hook<[]>

/** The hooks of one event, at work or failed. */
export interface Run {
  /** Rejects with an AggregateError. */
  done: Promise<void>
  failed: boolean
}

/** What was healed at the last copy: see src/heal/. */
export interface Healed {
  uuidCache: string
  intCache: string
  libraryPools: string
  openssl: string
}

// Where each number stands in the shared table.
const GENERATION = 0 // bumped by whatever makes a pool unfit for use
const EVENT = 1 // the last event that hooks are to hear of: its number, times 4, plus its kind as an index into KINDS
const PROCESS = 4 // 64 bits: pid and start time of the process that was last known to run this
const MIX = 6 // 256 bits: what events brought along, for every generator to take in
const MIX_WORDS = 8
const IDS = 14 // 64 bits: time and counter of the last id that has to ascend
const TABLE_BYTES = (IDS + 2) * 4

/** Raised when the record's shape changes, so that two versions of the package do not misread each other. */
const KEY = 'atfork:1'

/** While a V8 startup snapshot is built there are no Atomics, no SharedArrayBuffer, and no second thread either. */
type Table = Int32Array | BigInt64Array
const unthreaded = {
  load: <T extends Table>(table: T, index: number): T[number] => table[index] as T[number],
  add(table: Int32Array, index: number, value: number): number {
    const before = table[index] as number
    table[index] = before + value
    return before
  },
  compareExchange<T extends Table>(table: T, index: number, expected: T[number], value: T[number]): T[number] {
    const before = table[index] as T[number]
    if (before === expected) table[index] = value
    return before
  },
  xor(table: Int32Array, index: number, value: number): void {
    table[index] = (table[index] as number) ^ value
  },
  exchange<T extends Table>(table: T, index: number, value: T[number]): T[number] {
    const before = table[index] as T[number]
    table[index] = value
    return before
  },
}
type Operations = Pick<typeof Atomics, 'load' | 'add' | 'xor' | 'exchange' | 'compareExchange'>

/** Taken once: looking a global up at each draw takes as long as using it does, and anybody could replace it later. */
let threaded: Operations | undefined
function atomics(): Operations {
  if (threaded !== undefined) return threaded
  if (typeof Atomics === 'undefined') return unthreaded as unknown as Operations
  const { load, add, xor, exchange, compareExchange } = Atomics
  threaded = { load, add, xor, exchange, compareExchange }
  return threaded
}

interface Shared {
  table: Int32Array
  /** The same bytes, for the process's identity. */
  wide: BigInt64Array
}

/** What one isolate knows. */
export interface Isolate {
  shared: Shared
  /** What heals, called after each event before any hook. */
  listeners: ((event: ForkEvent) => void)[]
  /** In the order of their registration. */
  postfork: PostforkHook[]
  prefork: PreforkHook[]
  /** How this process or thread came to be, if it is a child or a copy. */
  child: ForkEvent | undefined
  runs: Set<Run>
  /** Whether hooks are being started. */
  starting: boolean
  healed: Healed | undefined
  /** The last event that this isolate has acted on. */
  delivered: number
  /** Whether one copy of the package has installed what watches for copies. */
  watched: boolean
}

function tableOn(buffer: ArrayBufferLike): Shared {
  return { table: new Int32Array(buffer), wide: new BigInt64Array(buffer) }
}

/** Of any realm: instanceof fails between vm contexts. */
const isSharedBuffer = (value: unknown): value is SharedArrayBuffer =>
  Object.prototype.toString.call(value) === '[object SharedArrayBuffer]'

/** A table in its first generation. */
function newTable(buffer: ArrayBufferLike): Shared {
  const shared = tableOn(buffer)
  atomics().exchange(shared.table, GENERATION, 1)
  return shared
}

/**
 * The table that the parent thread handed down, or a new one that this thread will hand down. (node:worker_threads
 * prints a warning when it is loaded while a snapshot is built.)
 */
function sharedTable(): Shared {
  const threads = buildingSnapshot() ? undefined : builtin('worker_threads')
  if (threads === undefined) return newTable(new ArrayBuffer(TABLE_BYTES))
  const inherited: unknown = threads.getEnvironmentData(KEY)
  if (isSharedBuffer(inherited) && inherited.byteLength === TABLE_BYTES) return tableOn(inherited)
  const buffer = new SharedArrayBuffer(TABLE_BYTES)
  threads.setEnvironmentData(KEY, buffer)
  return newTable(buffer)
}

function createIsolate(): Isolate {
  const shared = sharedTable()
  return {
    shared,
    listeners: [],
    postfork: [],
    prefork: [],
    child: undefined,
    runs: new Set(),
    starting: false,
    healed: undefined,
    delivered: atomics().load(shared.table, EVENT),
    watched: false,
  }
}

const symbol = Symbol.for(KEY)
const holder = globalThis as { [symbol]?: Isolate }
if (holder[symbol] === undefined) define(holder, symbol, createIsolate(), false)

/** The record of this isolate. */
export const isolate: Isolate = holder[symbol] as Isolate

/** The generation number. Every generator compares it before and after producing output. */
export const generation = (): number => atomics().load(isolate.shared.table, GENERATION)

/** Makes every pool of this process unfit for use, without an event: the next draw of each refills. */
export function expirePools(): void {
  atomics().add(isolate.shared.table, GENERATION, 1)
}

/** The same, with an event that hooks are to hear of. Number and kind are one word: no thread sees half of it. */
export function publishEvent(kind: CopyKind): void {
  const { table } = isolate.shared
  let before: number
  do before = lastEvent()
  while (atomics().compareExchange(table, EVENT, before, (((before >>> 2) + 1) << 2) | KINDS.indexOf(kind)) !== before)
  expirePools()
}

/** Stands for the last event: another value means that one has happened since. */
export const lastEvent = (): number => atomics().load(isolate.shared.table, EVENT)

/** The copy that this isolate has not acted on yet, once. If several have passed, the last stands for all. */
export function takeEvent(): CopyKind | undefined {
  const last = lastEvent()
  if (last === isolate.delivered) return undefined
  isolate.delivered = last
  return KINDS[last & 3]
}

/**
 * Sets who runs this process, and says who did until now. Of several threads that notice the same copy, one is told
 * of a change.
 */
export const exchangeProcess = (stamp: bigint): bigint => atomics().exchange(isolate.shared.wide, PROCESS / 2, stamp)

/** Replaces the last ascending id of all threads by what `next` makes of it, and returns that. */
export function advanceIds(next: (last: bigint) => bigint): bigint {
  const { wide } = isolate.shared
  for (;;) {
    const last = atomics().load(wide, IDS / 2)
    const value = next(last)
    if (atomics().compareExchange(wide, IDS / 2, last, value) === last) return value
  }
}

/** Adds a digest to what every generator takes in at its next draw. XOR, so that two threads lose neither's. */
export function mixIn(digest: Uint8Array): void {
  const words = new DataView(digest.buffer, digest.byteOffset, MIX_WORDS * 4)
  for (let i = 0; i < MIX_WORDS; i++) atomics().xor(isolate.shared.table, MIX + i, words.getInt32(4 * i, true))
}

/** What events have brought along so far, 32 bytes. */
export const mixed = (): Uint8Array => new Uint8Array(isolate.shared.table.buffer.slice(MIX * 4, (MIX + MIX_WORDS) * 4))

/** In a process deserialised from a snapshot: shares with threads from here on; generations go on from the build's. */
export function resumeSharing(): void {
  const before = isolate.shared.table
  isolate.shared = sharedTable()
  isolate.shared.table.set(before)
  exchangeProcess(0n) // the builder's; that this is another process is known already
}
