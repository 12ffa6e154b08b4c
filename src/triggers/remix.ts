/**
 * One `atfork()` for each event, one after the other. A listener of `atfork()` may itself fire a trigger, for instance
 * by `process.emit()`: that event waits until the current one is done, so that no listener runs inside another.
 */
import { atfork } from 'atfork'

const queue: (Uint8Array | undefined)[] = []
let running = false
/** A listener that fires a trigger each time would keep this process for ever. */
const MAX_EVENTS = 1000

/**
 * Calls `atfork(extra)`: before it returns, or, if an `atfork()` of a trigger is running, right after that.
 *
 * @param extra - What the event brought along; none if there is nothing.
 * @throws What `atfork()` throws, once no event is left; an AggregateError if it is more than one.
 */
export function remix(extra?: Uint8Array): void {
  queue.push(extra)
  if (running) return
  const errors: unknown[] = []
  running = true
  for (let events = 0; queue.length > 0; events++)
    try {
      if (events === MAX_EVENTS) {
        queue.length = 0
        throw new Error(`a hook has fired a trigger ${MAX_EVENTS} times running: take that out of it`)
      }
      atfork(queue.shift())
    } catch (error) {
      errors.push(error)
    }
  running = false
  if (errors.length > 1) throw new AggregateError(errors, `atfork() failed for ${errors.length} events`)
  if (errors.length === 1) throw errors[0]
}
