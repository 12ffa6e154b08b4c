/**
 * Recognises the pools of libraries. After a copy fresh bytes are XORed into them, which nothing else could bear: a key
 * that was made before the copy must stay what it is. So a pool is known by who fills it, which the call stack tells.
 */
import { makeGuard } from '../heal/guard.ts'

/** Smaller ones are no pools. */
const MIN_LENGTH = 128
/**
 * The function that called the guard: nanoid's, by its name alone where it was bundled, or that of older uuid in its own
 * file. Not whoever called that: a key that an application makes in a library's callback is no pool.
 */
const KEEPERS = /^ *at fillPool\b|^ *at rng\b.*[\\/]node_modules[\\/]uuid[\\/]/
/** The library's, and Node's own before it. */
const FRAMES = 3

const known = new WeakSet<object>()

/** The first line of the call stack above the guard that is not Node's own. */
function caller(guard: object): string {
  // There is none while a snapshot is built, and Node prints a line about one that is left behind.
  const had = Object.hasOwn(Error, 'stackTraceLimit')
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = FRAMES
    const holder = { stack: '' }
    Error.captureStackTrace(holder, guard as () => void)
    const frames = String(holder.stack).split('\n').slice(1)
    return frames.find((frame) => !frame.includes('node:internal')) ?? ''
  } catch {
    return '' // the intrinsics are frozen
  } finally {
    if (!had) Reflect.deleteProperty(Error, 'stackTraceLimit')
    else if (Error.stackTraceLimit !== stackTraceLimit) Error.stackTraceLimit = stackTraceLimit
  }
}

/**
 * Remembers `view` if a library keeps it as a pool.
 *
 * @param filled - How many bytes of it were filled.
 * @param guard - The guard that was called.
 */
export function notePool(view: ArrayBufferView, filled: number, guard: object): void {
  if (filled < MIN_LENGTH || known.has(view) || !KEEPERS.test(caller(guard))) return
  known.add(view)
  const { pools } = makeGuard()
  for (const reference of pools) if (reference.deref() === undefined) pools.delete(reference)
  // The library holds `view`, and a WeakRef to another view on the same bytes would be cleared at once.
  pools.add(new WeakRef(view))
}
