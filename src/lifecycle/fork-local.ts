/** Resources that each process and thread has for itself. */
import { checkFunction, checkOptions, option } from '../checks.ts'
import { define } from '../define.ts'
import { catchUp } from './atfork.ts'
import { nameOf, postfork, type Unregister } from './hooks.ts'
import { lastEvent } from './record.ts'

/** What {@link forkLocal} takes. */
export interface ForkLocalOptions<Value> {
  /**
   * What to do with the value that a copy has inherited. Default: nothing. It shares its sockets and descriptors with
   * the original, and a goodbye on them would end the original's connections. Runs as a `postfork` hook, once, and may
   * return a promise.
   */
  dispose?: (inherited: Value) => unknown
}

/** See {@link forkLocal}. */
export interface ForkLocal<Value> {
  /** The value of this process and thread, created if there is none. Looks for a copy, which takes some 20 µs. */
  get(): Value
  /**
   * Forgets the value, for a `prefork` hook that closes it. Returns it if there was one that this process has not
   * inherited. The next get() makes another.
   */
  drop(): Value | undefined
}

/** A value, the event since which it is this process's own, and what takes its hook away. */
interface Held<Value> {
  value: Value
  since: number
  release: Unregister
}

/** A create() that is asynchronous and fails is tried again. */
function forgetIfRejected(value: unknown, forget: () => void): void {
  if (value instanceof Promise) value.catch(forget)
}

/**
 * A resource that each process and thread has for itself: a pool of connections, a logger, a descriptor. It is created
 * when it is first asked for; in a copy of the process the inherited one is dropped, and the next get() creates
 * another. An `atfork()` that you call counts as a copy, even if there was none.
 *
 * @param create - Makes the resource. What it throws, get() throws; a promise is kept until it is rejected.
 * @param options - See {@link ForkLocalOptions}.
 * @throws TypeError for the arguments.
 * @example
 * ```ts
 * import { forkLocal, prefork } from 'atfork'
 * const connections = forkLocal(() => new Map())
 * connections.get().set('a', 'b')
 * prefork(() => connections.drop()?.clear())
 * ```
 */
export function forkLocal<Value>(create: () => Value, options?: ForkLocalOptions<Value>): ForkLocal<Value> {
  checkFunction('create', create)
  checkOptions('options', options)
  const dispose = option(options, 'dispose', undefined)
  if (dispose !== undefined) checkFunction('dispose', dispose)
  const name = `dispose of forkLocal(${nameOf(create)})`
  let held: Held<Value> | undefined

  /** In a copy its hook outlives it until it has run: what dispose does is for ready(), and never comes out of get(). */
  const hold = (value: Value): Held<Value> => {
    let since: number | undefined // unknown while it is being registered: in a child the hook runs then
    const dropInherited = (): unknown => {
      if (since === undefined || since === lastEvent()) return undefined
      mine.release()
      if (held === mine) held = undefined
      return dispose?.(value)
    }
    define(dropInherited, 'name', name, true)
    const release = postfork(dropInherited)
    since = lastEvent()
    const mine = { value, since, release }
    return mine
  }
  return {
    get() {
      catchUp()
      if (held === undefined || held.since !== lastEvent()) {
        const made = hold(create())
        held = made
        forgetIfRejected(made.value, () => {
          made.release()
          if (held === made) held = undefined
        })
      }
      return held.value
    },
    drop() {
      catchUp()
      const own = held?.since === lastEvent() ? held : undefined // an inherited one is for its hook
      own?.release()
      held = undefined
      return own?.value
    },
  }
}
