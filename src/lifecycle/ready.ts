/** Waits for the hooks. */
import { catchUp } from './atfork.ts'
import { isolate, type Run } from './record.ts'

/**
 * Resolves when all hooks of this thread are done, those of a copy that is noticed now too: a server can listen after
 * that. Hooks that have not run in this thread are not waited for.
 *
 * @throws AggregateError (as a rejection) of what failed since the last copy, but for what `atfork()` has thrown itself:
 * hooks that fail at once when you call it.
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
  const seen = new Set<Run>()
  const failures: AggregateError[] = []
  for (;;) {
    const runs = [...isolate.runs].filter((run) => !seen.has(run))
    if (runs.length === 0) break // others may have been started while these were awaited
    // All at once: one that fails while another is awaited would be an unhandled rejection, though somebody asked.
    for (const outcome of await Promise.allSettled(runs.map(({ done }) => done)))
      if (outcome.status === 'rejected') failures.push(outcome.reason)
    for (const run of runs) seen.add(run)
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures.flatMap(({ errors }) => errors),
      failures.map(({ message }) => message).join('; '),
    )
}
