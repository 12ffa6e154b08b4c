/**
 * `atfork()` and what happens after a copy. It knows nothing of generators: they compare the generation number
 * themselves, and take in what {@link mixIn} has gathered.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { checkBytes } from '../checks.ts'
import { hardwareBytes } from '../entropy/hwrng.ts'
import { identity, noticeCopy } from './identity.ts'
import { type CopyEvent, expirePools, listeners, mixIn, publishEvent, takeEvent } from './record.ts'

/** Mixes in what tells this process and thread from others, and any bytes that came from outside. */
function mixIdentity(extra?: Uint8Array): void {
  const digest = sha256.create().update(identity()).update(hardwareBytes())
  if (extra !== undefined) digest.update(extra)
  mixIn(digest.digest())
}

/** Publishes an event. */
export function recordCopy(kind: CopyEvent['kind'], extra?: Uint8Array): void {
  mixIdentity(extra)
  publishEvent(kind)
}

/** In a new child, where nothing was copied: the same without an event. */
export function recordBirth(): void {
  mixIdentity()
  expirePools()
}

/**
 * Calls `listener` after each copy of this process, once the generators are due to be remixed. This is where healing
 * and hooks plug in: in an `atfork()` before it returns, else as a microtask after the draw that noticed the copy.
 */
export function onCopy(listener: (event: CopyEvent) => void): void {
  listeners().push(listener)
}

function deliver(event: CopyEvent): void {
  for (const listener of [...listeners()]) listener(event)
}

/**
 * To be called at each refill: looks whether this process was copied, publishes that, and tells this isolate's
 * listeners of it and of what other threads have published. None of them runs before the current draw is over.
 */
export function catchUp(): void {
  const kind = noticeCopy()
  if (kind !== undefined) recordCopy(kind)
  const event = takeEvent()
  if (event !== undefined && listeners().length > 0) queueMicrotask(() => deliver(event))
}

/**
 * Says that this process was copied, or may have been. Every generator of the process, in every thread, drops its
 * pool and reseeds at its next draw: from fresh kernel entropy, with the live pid, the thread id, the cluster worker's
 * id, both clocks and `extra` as additional input.
 *
 * It is called for you in cluster workers, worker threads, forked children and processes started from a V8 startup
 * snapshot, and when a refill finds that the process was forked or restored. Call it yourself where a platform tells
 * you that a virtual machine was cloned, and pass the bytes that it hands over.
 *
 * @param extra - Uint8Array of any length that differs between copies. Mixed in, never relied on.
 * @throws TypeError if `extra` is something else; nothing has happened then.
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
  const event = takeEvent()
  if (event !== undefined) deliver(event)
}
