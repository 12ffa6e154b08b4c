/** From what the rounds gave to what is shown. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { limitOf } from './budgets.mjs'

const run = promisify(execFile)
const MEASURE = fileURLToPath(new URL('measure.mjs', import.meta.url))
/** A row that hangs is a failure. */
const TIMEOUT = 180_000

/**
 * The value below which the share `q` of the values lies, between two of them by proportion.
 *
 * @param {number[]} values - At least one.
 * @param {number} q - 0 to 1.
 */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  return low + (sorted[Math.ceil(at)] - low) * (at % 1)
}

export const median = (values) => quantile(values, 0.5)

/** One row's rounds, measured in a new process. */
export async function measureOnce(section, index) {
  const options = { timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 }
  return JSON.parse((await run(process.execPath, ['--expose-gc', MEASURE, section, String(index)], options)).stdout)
}

/** The line of the table that the rounds of some processes give. */
export function summarise(section, row, results) {
  const all = (key) => results.flatMap((result) => result[key] ?? [])
  const values = all('values')
  const side = (key) => (all(key).length === 0 ? undefined : median(all(key)))
  return {
    section,
    name: row.name,
    ours: row.ours,
    theirs: row.theirs,
    unit: row.unit,
    median: median(values),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
    rounds: values.length,
    oursNs: side('ours'),
    theirsNs: side('theirs'),
    limit: limitOf(row.name),
    ahead: row.rival && median(values) > 1 ? true : undefined,
    pictured: row.pictured || undefined,
  }
}
