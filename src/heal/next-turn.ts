/** The next turn of the event loop. */
import { builtin } from '../builtins.ts'

// Node's own, as it was at import: neither a test's fake clock nor an environment without it must stop this.
const setImmediate = builtin('timers')?.setImmediate

/**
 * Calls `action` then, and does not keep the process alive for it.
 *
 * @returns Whether it will: elsewhere than in Node there is no such thing, and no cache either.
 */
export function inNextTurn(action: () => void): boolean {
  setImmediate?.(action).unref()
  return setImmediate !== undefined
}
