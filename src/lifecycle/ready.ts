/** Waits for the hooks. */
import { catchUp } from './atfork.ts'
import { isolate } from './record.ts'

/**
 * Resolves when all hooks of this thread are done, those of a copy that is noticed now too: a server can listen after
 * that. Hooks that have not run in this thread are not waited for.
 *
 * @throws AggregateError (as a rejection) of what failed since the last copy.
 * @example
 * ```ts
 * import { postfork, ready } from 'atfork'
 * postfork(async () => {}) // connects to a database, say
 * await ready()
 * ```
 */
export async function ready(): Promise<void> {
  catchUp()
  await undefined // what was noticed in a draw is delivered as a microtask
  // All at once: one that fails while another is awaited would be an unhandled rejection, though somebody asked.
  const outcomes = await Promise.allSettled(Array.from(isolate.runs, ({ done }) => done))
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as AggregateError).errors : [],
  )
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} hook(s) failed: see errors`)
}
