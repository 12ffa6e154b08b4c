/**
 * What a section is made of. A row has a `name`, which budgets go by, and `measure()`, which gives `values`, one for each round,
 * in the row's `unit`. It runs in a process of its own: no row finds the heap and the optimised code of another.
 *
 * @typedef {{ values: number[], ours?: number[], theirs?: number[] }} Result - The two sides, ns a call, where there are two.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} [ours] - The left side of a ratio.
 * @property {string} [theirs] - Its right side.
 * @property {'×' | 's' | 'ms' | 'µs' | 'KiB'} unit
 * @property {() => Promise<Result>} measure
 * @property {boolean} rival - Whether the other side is somebody else's, who can be ahead.
 * @property {boolean} pictured - Whether the chart shows it.
 * @property {number} processes - How many processes measure it. Their rounds are pooled.
 * @property {() => string | undefined} obstacle - Why it cannot be measured here.
 */
import { alternate, pair } from './timer.mjs'

const PROCESSES = 3
const DEFAULTS = { rival: false, pictured: false, processes: PROCESSES, obstacle: () => undefined }

/** The ratio of each round. */
export function divide({ ours, theirs }, per = 1) {
  const each = ours.map((ns) => ns / per)
  return { values: each.map((ns, round) => ns / theirs[round]), ours: each, theirs }
}

const named = (ours, theirs) => ({ name: `${ours} : ${theirs}`, ours, theirs, unit: '×' })

/**
 * Time of our call over the time of theirs.
 *
 * @param {string} ours
 * @param {string} theirs
 * @param {() => [Function, Function] | Promise<[Function, Function]>} prepare - Makes the two calls.
 * @param {object} [options] - `per`: how many results one call of ours gives; and a row's own.
 * @returns {Row}
 */
export const ratio = (ours, theirs, prepare, { per, ...options } = {}) => ({
  ...DEFAULTS,
  rival: true,
  ...named(ours, theirs),
  measure: async () => divide(await pair(...(await prepare())), per),
  ...options,
})

/**
 * The same for two sides that cannot be in one process.
 *
 * @param {string} ours
 * @param {string} theirs
 * @param {() => Promise<[Team, Team]>} prepare - Starts the members (members.mjs).
 * @returns {Row}
 */
export const teams = (ours, theirs, prepare, options = {}) => ({
  ...DEFAULTS,
  ...named(ours, theirs),
  async measure() {
    const sides = await prepare()
    try {
      return divide(await alternate(sides[0].block, sides[1].block))
    } finally {
      for (const side of sides) side.stop()
    }
  },
  ...options,
})

/**
 * A measure by itself, or what one thing costs over another.
 *
 * @param {string} name
 * @param {Row['unit']} unit
 * @param {() => number[] | Promise<number[]>} values
 * @returns {Row}
 */
export const absolute = (name, unit, values, options = {}) => ({
  ...DEFAULTS,
  name,
  unit,
  measure: async () => ({ values: await values() }),
  ...options,
})
