/**
 * The random bytes that node:crypto keeps in JavaScript memory: 128 UUIDs, which randomUUID and randomUUIDv7 share, and
 * 1,024 integers. They are emptied by using them up, which reaches functions that an application captured long ago. A
 * refill cannot be seen from outside; the sizes are Node's (lib/internal/crypto/random.js), and a test with two copies
 * on each Node line goes red when they change.
 */
import { builtin } from '../builtins.ts'
import { originalOf } from './guard.ts'
import { inNextTurn } from './next-turn.ts'

/** kBatchSize, of 16 bytes each. One more, so that the last that was there is gone wherever the batch began. */
const UUIDS = 128 + 1
/** randomCache's 6 KiB, of 6 bytes each. */
const INTS = 1024 + 1

/**
 * Node's own function, also behind a guard. What an application has put in its place (a polyfill, a mock) need not use
 * the cache, and to call it would empty nothing.
 *
 * @param part - What stands in the source of Node's.
 */
function own<Name extends 'randomUUID' | 'randomInt'>(name: Name, part: string): typeof import('node:crypto')[Name] {
  const found = originalOf(builtin('crypto')?.[name])
  if (found === undefined || !Function.prototype.toString.call(found).includes(part))
    throw new Error(`crypto.${name} is not Node's own function`)
  return found
}

/** Hands out what is left of the UUIDs, and some more of the next batch. */
export function emptyUuidCache(): void {
  const randomUUID = own('randomUUID', 'getBufferedUUID')
  for (let i = 0; i < UUIDS; i++) randomUUID()
}

/** The same for the integers. */
export function emptyIntCache(): void {
  const randomInt = own('randomInt', 'randomCache')
  for (let i = 0; i < INTS; i++) randomInt(2)
}

/**
 * `randomInt` with a callback refills the integers in a thread. If that was at work when the process was copied, it
 * may still write what it drew before, and the cache begins anew with that. So this calls `then` once more after the
 * threads have done what they were at: a job of ours stands behind theirs in the queue.
 */
export function afterRefillInFlight(then: () => void): void {
  originalOf(builtin('crypto')?.randomFill)?.(new Uint8Array(1), () => {
    inNextTurn(then)
  })
}
