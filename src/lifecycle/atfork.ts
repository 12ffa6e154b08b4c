/**
 * `atfork()` and what happens after a copy. It knows nothing of generators: they compare the generation number
 * themselves, and take in what {@link mixIn} has gathered.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { checkBytes } from '../checks.ts'
import { hardwareBytes } from '../entropy/hwrng.ts'
import { reject, runPostfork } from './hooks.ts'
import { forkEvent, identity, noticeCopy } from './identity.ts'
import {
  type BirthKind,
  type CopyKind,
  expirePools,
  type ForkEvent,
  isolate,
  mixIn,
  publishEvent,
  takeEvent,
} from './record.ts'

/** Mixes in what tells this process and thread from others, and any bytes that came from outside. */
function mixIdentity(extra?: Uint8Array): void {
  const digest = sha256.create().update(identity()).update(hardwareBytes())
  if (extra !== undefined) digest.update(extra)
  mixIn(digest.digest())
}

/** Publishes an event. */
function recordCopy(kind: CopyKind, extra?: Uint8Array): void {
  try {
    mixIdentity(extra)
  } finally {
    publishEvent(kind) // whatever happens: it would not be noticed again
  }
}

/** In a new child, where nothing was copied: hooks that are registered from here on run once. */
export function recordBirth(kind: BirthKind): void {
  mixIdentity()
  expirePools()
  isolate.child = forkEvent(kind)
}

/** Calls `listener` after each copy of this process, before any hook: this is where healing plugs in. */
export function onCopy(listener: (event: ForkEvent) => void): void {
  isolate.listeners.push(listener)
}

/** While this heals. Who runs the process was read just before, which is a fifth of the time that an event takes. */
let healing = false

function heal(kind: CopyKind): ForkEvent {
  const event = forkEvent(kind)
  if (kind !== 'manual') isolate.child = event
  healing = true
  try {
    for (const listener of [...isolate.listeners]) listener(event)
  } finally {
    healing = false
  }
  return event
}

/** Heals, then runs the hooks. Returns what failed at once. */
const deliver = (kind: CopyKind): AggregateError | undefined => runPostfork(heal(kind))

/** For hooks that nobody called for: what fails is an unhandled rejection, unless ready() is asked. */
function runLater(start: () => AggregateError | undefined): void {
  queueMicrotask(() => {
    const failure = start()
    if (failure !== undefined) reject(failure)
  })
}

/**
 * In a process that was started from a snapshot, before any of the application's code runs in it. The hooks have to
 * wait until Node has set up its module loaders: a hook that requires something would end the process.
 */
export function recordSnapshot(): void {
  noticeCopy() // who runs it now
  recordCopy('snapshot')
  const kind = takeEvent()
  if (kind === undefined) return
  const event = heal(kind)
  runLater(() => runPostfork(event))
}

/**
 * To be called at each refill: looks whether this process was copied, publishes that, and delivers that, or what other
 * threads have published, as a microtask: no hook runs in the middle of a draw.
 */
export function catchUp(): void {
  if (healing) return
  const noticed = noticeCopy()
  if (noticed !== undefined) recordCopy(noticed)
  const kind = takeEvent()
  if (kind !== undefined) runLater(() => deliver(kind))
}

/**
 * Says that this process was copied, or may have been. Every generator of the process, in every thread, drops its
 * pool and reseeds at its next draw: from fresh kernel entropy, with the live pid, the thread id, the cluster worker's
 * id, both clocks and `extra` as additional input. Then OpenSSL's generator is reseeded and the caches of node:crypto
 * are emptied, as far as they can be reached: `healing()` says so. Then the `postfork` hooks run.
 *
 * It is called for you in cluster workers, worker threads, forked children and processes started from a V8 startup
 * snapshot, and when a refill finds that the process was forked or restored. Call it yourself where a platform tells
 * you that a virtual machine was cloned, and pass the bytes that it hands over.
 *
 * @param extra - Uint8Array of any length that differs between copies. Mixed in, never relied on.
 * @throws TypeError if `extra` is something else; nothing has happened then. AggregateError of the hooks that failed at
 * once; all have run then, and what fails later is for `ready()`.
 *
 * @example
 * ```ts
 * import { atfork, random } from 'atfork'
 * process.on('SIGUSR2', () => atfork())
 * atfork(new TextEncoder().encode('clone 7 of 100'))
 * random.uuid() // shares nothing with what the other clones draw
 * ```
 */
export function atfork(extra?: Uint8Array): void {
  const bytes = extra === undefined ? undefined : checkBytes('extra', extra)
  recordCopy(noticeCopy() ?? 'manual', bytes)
  const kind = takeEvent()
  const failure = kind === undefined ? undefined : deliver(kind)
  if (failure !== undefined) throw failure
}
