/** Resources that each process and thread has for itself. */
import { checkFunction, checkOptions, option } from '../checks.ts'
import { catchUp } from './atfork.ts'
import { postfork, type Unregister } from './hooks.ts'
import { lastEvent } from './record.ts'

/** What {@link forkLocal} takes. */
export interface ForkLocalOptions<Value> {
  /**
   * What to do with the value that a copy has inherited. Default: nothing. It shares its sockets and descriptors with
   * the original, and a goodbye on them would end the original's connections.
   */
  dispose?: (inherited: Value) => unknown
}

/** See {@link forkLocal}. */
export interface ForkLocal<Value> {
  /** The value of this process and thread, created if there is none. Looks for a copy, which takes some 20 µs. */
  get(): Value
  /** Forgets the value, for a `prefork` hook that closes it. Returns it if there was one. The next get() makes another. */
  drop(): Value | undefined
}

/**
 * A resource that each process and thread has for itself: a pool of connections, a logger, a descriptor. It is created
 * when it is first asked for; in a copy of the process the inherited one is dropped, and the next get() creates
 * another.
 *
 * @param create - Makes the resource. What it throws, get() throws.
 * @param options - See {@link ForkLocalOptions}.
 * @throws TypeError for the arguments.
 * @example
 * ```ts
 * import { forkLocal, prefork } from 'atfork'
 * const connections = forkLocal(() => new Map<string, string>())
 * connections.get().set('a', 'b')
 * prefork(() => connections.drop()?.clear())
 * ```
 */
export function forkLocal<Value>(create: () => Value, options?: ForkLocalOptions<Value>): ForkLocal<Value> {
  checkFunction('create', create)
  checkOptions('options', options)
  const dispose = option(options, 'dispose', undefined)
  if (dispose !== undefined) checkFunction('dispose', dispose)
  let held: { value: Value; since: number; release: Unregister } | undefined

  const take = (): Value | undefined => {
    const value = held?.value
    held?.release()
    held = undefined
    return value
  }
  const dropInherited = (): unknown => {
    if (held === undefined || held.since === lastEvent()) return undefined
    const inherited = take() as Value
    return dispose?.(inherited)
  }
  Object.defineProperty(dropInherited, 'name', { value: `dispose of forkLocal(${create.name})` })
  return {
    get() {
      catchUp()
      dropInherited()
      if (held === undefined) {
        const value = create()
        held = { value, since: lastEvent(), release: postfork(dropInherited) }
      }
      return held.value
    },
    drop: take,
  }
}
