/**
 * Recognises the pools of libraries. After a copy fresh bytes are XORed into them, which nothing else could bear: a key
 * that was made before the copy must stay what it is. So a pool is known by who fills it, which the call stack tells.
 */
import { makeGuard } from '../heal/guard.ts'

/** Smaller ones are no pools. */
const MIN_LENGTH = 128
/** Of the files of nanoid and uuid; or of nanoid's function by name, where it was bundled. */
const KEEPERS = /[\\/]node_modules[\\/](?:nanoid|uuid)[\\/]|\bat fillPool\b/
/** This, the guard, Node's own, and the library's. */
const FRAMES = 6

const known = new WeakSet<object>()

function callStack(): string {
  // There is none while a snapshot is built, and Node prints a line about one that is left behind.
  const had = Object.hasOwn(Error, 'stackTraceLimit')
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = FRAMES
    return String(new Error().stack)
  } catch {
    return '' // the intrinsics are frozen
  } finally {
    if (!had) Reflect.deleteProperty(Error, 'stackTraceLimit')
    else if (Error.stackTraceLimit !== stackTraceLimit) Error.stackTraceLimit = stackTraceLimit
  }
}

/** Remembers `filled` if a library keeps it as a pool. */
export function notePool(view: object, filled: Uint8Array): void {
  if (filled.length < MIN_LENGTH || known.has(view) || !KEEPERS.test(callStack())) return
  known.add(view)
  // The library holds `view`, and a WeakRef to another view on the same bytes would be cleared at once.
  makeGuard().pools.add(new WeakRef(view as Uint8Array))
}
