/**
 * What may be taken at most, by the name of the row and in its unit. Node 24 has limits of its own where much of the time is
 * a cipher's start, which is slower there than on the other lines.
 *
 * @type {Record<string, { atMost: number, onNode?: Record<string, number> }>}
 */
export const BUDGETS = {
  'random(16) : crypto.randomBytes(16)': { atMost: 0.65 },
  'random(16) : readSync of 16 bytes': { atMost: 1.5 },
  'random.uuid() : crypto.randomUUID(), no cache': { atMost: 0.65 },
  'fast(16) : crypto.randomBytes(16)': { atMost: 0.08 },
  'fast.uuid() : crypto.randomUUID()': { atMost: 1.2 },
  'fast.ints(1000, 6), each : crypto.randomInt(6)': { atMost: 0.25 },
  'random(257) : random(256)': { atMost: 3.5, onNode: { 24: 8 } },
  'random(65536) : crypto.randomBytes(65536)': { atMost: 1.4, onNode: { 24: 3 } },
  'HmacDrbg SHA-256, generate(32) : npm hmac-drbg': { atMost: 0.6 },
  'HmacDrbg SHA-256, generate(65536) : npm hmac-drbg': { atMost: 0.02 },
  'atfork(), 1 generator': { atMost: 300 },
  "import 'atfork', over bare Node": { atMost: 14 },
  'memory of a generator that has drawn': { atMost: 40 },
  'memory of a generator that has not': { atMost: 1 },
}

/**
 * A limit in units of time says nothing without a machine. Those above are for one on which the other side of this row
 * takes so long; a slower one is given more in proportion, a faster one no less.
 */
const YARDSTICK = { name: 'HmacDrbg SHA-256, generate(32) : npm hmac-drbg', ns: 18_000 }
const isTime = ({ unit }) => unit === 'ms' || unit === 'µs'

/** How many times slower than that this machine is, at least 1. Undefined if the row was not measured, or no limit needs it. */
export function slowness(rows) {
  const measured = rows.find(({ name }) => name === YARDSTICK.name)
  if (measured === undefined || !rows.some((row) => isTime(row) && row.limit !== undefined)) return undefined
  return Math.max(1, measured.theirsNs / YARDSTICK.ns)
}

/** Gives each row its limit on this machine, and whether it is missed. */
export function judge(rows) {
  const times = slowness(rows) ?? 1
  return rows.map((row) => {
    if (row.limit === undefined) return row
    const limit = isTime(row) ? row.limit * times : row.limit
    return { ...row, limit, missed: isMissed(row.median, limit) }
  })
}

/** A budget counts as missed when it is by more than a tenth: less is noise. */
const MARGIN = 1.1

/**
 * The limit of a row on this line of Node.
 *
 * @param {string} name
 * @param {string} [major] - Node's, as '24'.
 * @returns {number | undefined}
 */
export function limitOf(name, major = process.versions.node.split('.')[0]) {
  const budget = BUDGETS[name]
  return budget?.onNode?.[major] ?? budget?.atMost
}

/** Whether a median misses a limit. No number at all is a miss too. */
export const isMissed = (median, limit) => !(median <= limit * MARGIN)

/** Budgets that no row has: a row was renamed, and would never be checked again. */
export const orphans = (rows) => Object.keys(BUDGETS).filter((name) => !rows.some((row) => row.name === name))
