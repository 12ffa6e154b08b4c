/** Runs an audit: each mechanism in turn, then the comparison. */
import { randomUUID } from 'node:crypto'
import type { Healing } from 'atfork'
import { type Cell, compareColumn } from './compare.ts'
import type { Mechanism, Obstacle } from './mechanism.ts'
import { CONTROL, type Job, type SourceRef } from './subject.ts'

/** A mechanism that gave no result, and why. */
export interface NotRun extends Obstacle {
  mechanism: string
  /** Whether this machine lacks something, rather than that it went wrong. */
  missing: boolean
}

/** A column of the table, and one line that says what was done. */
export interface ColumnNote {
  name: string
  summary: string
  /** What to do about it if `random` repeats there, which then is no failure: nothing in the copies differs. */
  limit?: string
  /** What the copies' `atfork()` healed, where they called it. */
  healing?: Healing
}

/** What an audit found. This is what `--json` prints. */
export interface Result {
  /** Raised when the shape changes. */
  schema: 1
  /** When it began, as in RFC 3339. */
  date: string
  node: string
  platform: string
  copies: number
  draws: number
  columns: ColumnNote[]
  /** One for each source in each column. */
  cells: Cell[]
  /** Mechanisms that were asked for and could not run, or broke. Never a pass. */
  notRun: NotRun[]
}

/** What to audit. */
export interface Plan {
  mechanisms: readonly Mechanism[]
  sources: SourceRef[]
  copies: number
  draws: number
  /** Whether the processes that are copied load `atfork/register`. */
  guard?: boolean
}

/** Hears of the audit as it goes on. */
export type Progress = (mechanism: Mechanism, secondsLeft: number) => void

type Found = Pick<Result, 'columns' | 'cells'>

async function runOne(mechanism: Mechanism, job: Job): Promise<Found | NotRun> {
  const obstacle = await mechanism.obstacle()
  if (obstacle !== undefined) return { mechanism: mechanism.name, missing: true, ...obstacle }
  try {
    const found = await mechanism.run(job)
    const cells = found.flatMap(compareColumn)
    const idle = cells.find(({ source, verdict }) => source === CONTROL && verdict !== 'repeats')
    if (idle !== undefined || cells.length === 0)
      return {
        mechanism: mechanism.name,
        missing: false,
        reason: 'the control did not repeat: nothing was copied',
        remedy: 'report this',
      }
    const columns = found.map(({ name, summary = mechanism.summary, limit, healing }) => ({
      name,
      summary,
      ...(limit !== undefined && { limit }),
      ...(healing !== undefined && { healing }),
    }))
    return { columns, cells }
  } catch (error) {
    return {
      mechanism: mechanism.name,
      missing: false,
      reason: String(error),
      remedy: 'report this, with what it says',
    }
  }
}

/** Runs the mechanisms of a plan, one after the other, each with the same job. */
export async function audit(
  { mechanisms, sources, copies, draws, guard = false }: Plan,
  progress: Progress,
): Promise<Result> {
  const job: Job = { sources, copies, draws, guard, seed: randomUUID() }
  const result: Result = {
    schema: 1,
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    copies,
    draws,
    columns: [],
    cells: [],
    notRun: [],
  }
  let left = mechanisms.reduce((sum, { seconds }) => sum + seconds, 0)
  for (const mechanism of mechanisms) {
    progress(mechanism, left)
    const found = await runOne(mechanism, job)
    if ('cells' in found) {
      result.columns.push(...found.columns)
      result.cells.push(...found.cells)
    } else result.notRun.push(found)
    left -= mechanism.seconds
  }
  return result
}
