/** What counts as a failure: the exit code. */
import type { ColumnNote, Result } from './audit.ts'
import { type Cell, PROTECTED } from './compare.ts'
import { CONTROL } from './subject.ts'

/** 0: nothing that counts repeats. 1: something does. 3: something that was asked for could not run. */
export type ExitCode = 0 | 1 | 3

/** Whether it is `random` in a column that says that it may repeat there, and what to do about that. */
export const isDocumented = ({ source, column }: Cell, columns: readonly ColumnNote[]): boolean =>
  source === PROTECTED && columns.some(({ name, limit }) => name === column && limit !== undefined)

/**
 * @param counts - The sources that count. One that failed, or returned a constant, is not known to be distinct.
 * @param asked - Whether the mechanisms were asked for: then what is missing for one counts, too.
 */
export function judge({ cells, columns, notRun }: Result, counts: ReadonlySet<string>, asked: boolean): ExitCode {
  const bad = cells.some(
    (cell) => counts.has(cell.source) && cell.verdict !== 'distinct' && !isDocumented(cell, columns),
  )
  return bad ? 1 : notRun.some(({ missing }) => asked || !missing) ? 3 : 0
}

/**
 * The sources that count: those that are named, all but the control for 'all', and by default `random` and the user's
 * own.
 *
 * @param failOn - Names with commas between them, or 'all'.
 * @throws RangeError if a name is not that of a source.
 */
export function countedSources(
  failOn: string | undefined,
  all: readonly string[],
  own: readonly string[],
): Set<string> {
  if (failOn === undefined) return new Set([PROTECTED, ...own])
  if (failOn === 'all') return new Set(all.filter((name) => name !== CONTROL))
  return new Set(
    failOn.split(',').map((name) => {
      // A user's function by the name of its export alone, too: 'sessionId' for 'sessionId (ids.mjs)'.
      const known = all.find((one) => one === name) ?? own.find((one) => one.startsWith(`${name} (`))
      if (known === undefined)
        throw new RangeError(`"--fail-on" expected 'all' or some of ${all.join(', ')}; got '${name}'`)
      return known
    }),
  )
}
