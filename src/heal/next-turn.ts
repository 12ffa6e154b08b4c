/** The next turn of the event loop. */
import { builtin } from '../builtins.ts'

// Node's own, as it was at import: neither a fake clock that is set up later nor an environment without it stops this.
const setImmediate = builtin('timers')?.setImmediate

/**
 * Calls `action` then. It keeps the process alive for this turn: without that an idle process would not begin one.
 *
 * @returns Whether it will: elsewhere than in Node there is no such thing, and no cache either.
 */
export function inNextTurn(action: () => void): boolean {
  setImmediate?.(action)
  return setImmediate !== undefined
}
