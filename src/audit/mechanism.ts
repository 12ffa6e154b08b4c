/** What every way of copying a process looks like to the audit. */
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Healing } from 'atfork'
import type { Found, Job, Report } from './subject.ts'

/** Why a mechanism cannot run here, and what to do about it. */
export interface Obstacle {
  reason: string
  remedy: string
}

/** What one mechanism found: what the original drew before, then what each copy drew after. */
export interface Column {
  /** The mechanism's name, or one of its own if it has several columns. */
  name: string
  /** One line that says what it does, if not the mechanism's. */
  summary?: string
  /**
   * Set where `random` may repeat, as documented, for nothing in the copies differs. It says what to do about that.
   * It is shown, and is no failure.
   */
  limit?: string
  /** What the `atfork()` before these draws healed, if there was one. */
  healing?: Healing
  reports: Report[]
}

/** The column of what copies drew, and that of what others drew after an `atfork()`: twice as many copies as in a column. */
export function columnsOf(name: string, originals: Report[], plain: Found[], healed: Found[]): Column[] {
  const reports = (copies: Found[]): Report[] => [...originals, ...copies.map(({ report }) => report)]
  const healing = healed[0]?.healing
  return [
    { name, reports: reports(plain) },
    {
      name: `${name}+atfork`,
      summary: 'copies that call atfork() before they draw',
      reports: reports(healed),
      ...(healing !== undefined && { healing }),
    },
  ]
}

/** `count` copies for each of the two columns: made in this order, so that the second half is to be healed. */
export async function makeCopies(
  count: number,
  make: (copy: number, heal: boolean) => Promise<Found>,
): Promise<[plain: Found[], healed: Found[]]> {
  const found = await Promise.all(Array.from({ length: 2 * count }, (_, i) => make(i + 1, i >= count)))
  return [found.slice(0, count), found.slice(count)]
}

/** One way in which a process can be copied. */
export interface Mechanism {
  /** For --only, and the table's head. */
  name: string
  /** One line that says what it does. */
  summary: string
  /** What it needs, for --list. */
  needs: string
  /** Whether it is part of an audit that was asked for nothing in particular. */
  byDefault: boolean
  /** About how long it takes, in seconds: for the time left. */
  seconds: number
  /** undefined if it can run on this machine. */
  obstacle(): Promise<Obstacle | undefined>
  /**
   * Makes `job.copies` copies of a process that has drawn from every source, lets each draw once all exist, and
   * collects what they drew.
   *
   * @throws Error with what went wrong. That is never a pass.
   */
  run(job: Job): Promise<Column[]>
}

/** A file that the build lays beside the command. */
export const hostFile = (name: string): string => fileURLToPath(new URL(`./audit/${name}.js`, import.meta.url))

/** What ends a command: by hand, by a supervisor, with its terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Calls `use` with a new temporary folder that holds the job as `job.json`, and removes the folder afterwards, also
 * when the audit is interrupted: it may hold the memory of a process. Then `interruption` tells what was started to end.
 */
export async function withFolder<Result>(
  job: Job,
  use: (folder: string, interruption: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interruption = new AbortController()
  setMaxListeners(0, interruption.signal) // one for each copy that runs: no leak
  let folder: string | undefined
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  const interrupted = (signal: NodeJS.Signals): void => {
    interruption.abort()
    remove()
    process.kill(process.pid, signal) // the listener is gone: this ends the process as the signal does
  }
  for (const signal of SIGNALS) process.once(signal, interrupted)
  try {
    folder = mkdtempSync(join(tmpdir(), 'atfork-audit-'))
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job))
    return await use(folder, interruption.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted)
    remove()
  }
}
