/**
 * Two calls, timed in turn. A machine is never quiet, and its noise is mostly slow: a clock that changes, a neighbour
 * that starts. Blocks of some milliseconds that alternate meet the same noise on both sides, so it cancels in the ratio of
 * a round, and the median of the rounds leaves out the rounds that it met on one side only.
 */
import { randomFill } from 'node:crypto'

/** Long enough that each block pays for the garbage that it makes: shorter ones would leave the collector out of the median. */
const BLOCK_NS = 4e6
const WARM_UP_MS = 100
/** Of both sides, or fewer where a call is slow: as many as fit into the time, and never below the least. */
const MOST_ROUNDS = 31
const LEAST_ROUNDS = 5
const ROW_MS = 600
const WARM_UP_CALLS = 200

let serial = 0

/**
 * A loop of its own for each call. One that is shared learns the types of both sides, and V8 inlines neither. The number makes
 * the source unique, for V8 keeps what it learnt by the source. The last result is handed out, so that no call is dead code.
 */
const loop = (call) =>
  new Function(
    'call',
    `// ${++serial}
    return (times) => {
      let last
      const start = process.hrtime.bigint()
      for (let i = 0; i < times; i++) last = call()
      return { ns: Number(process.hrtime.bigint() - start) / times, last }
    }`,
  )(call)

/** Warms a call up and finds how many of it fill a block. Returns what times one block, in nanoseconds a call. */
function calibrated(call) {
  const time = loop(call)
  const start = performance.now()
  let times = 1
  do times = Math.max(1, Math.round(BLOCK_NS / Math.max(1, time(times).ns)))
  while (performance.now() - start < WARM_UP_MS)
  return () => time(times).ns
}

/**
 * Rounds of two measurements, of which every other begins with the second: what the one leaves behind (garbage, heat)
 * then falls on both.
 *
 * @param {() => number | Promise<number>} ours
 * @param {() => number | Promise<number>} theirs
 * @param {{ rounds?: number }} [options] - How many, whatever the time. Default: as many as fit.
 * @returns What each round gave, both sides.
 */
export async function alternate(ours, theirs, { rounds } = {}) {
  const result = { ours: [], theirs: [] }
  const start = performance.now()
  const most = rounds ?? MOST_ROUNDS
  const least = rounds ?? LEAST_ROUNDS
  for (let round = 0; round < most && (round < least || performance.now() - start < ROW_MS); round++) {
    if (round % 2 === 0) result.ours.push(await ours())
    result.theirs.push(await theirs())
    if (round % 2 === 1) result.ours.push(await ours())
  }
  return result
}

/** Two calls in turn: nanoseconds a call. */
export const pair = (ours, theirs) => alternate(calibrated(ours), calibrated(theirs))

/** Until what was left for a later turn, or for a thread, is done. */
const settled = () =>
  new Promise((resolve) => setImmediate(() => randomFill(new Uint8Array(1), () => setImmediate(resolve))))

/**
 * One call by itself, once a round: nanoseconds. The event loop runs in between, for what the call has left for later must not
 * pile up; that is not counted.
 */
export async function spaced(call) {
  const rounds = []
  for (let round = -WARM_UP_CALLS; round < MOST_ROUNDS; round++) {
    const start = process.hrtime.bigint()
    call()
    const ns = Number(process.hrtime.bigint() - start)
    if (round >= 0) rounds.push(ns)
    await settled()
  }
  return rounds
}
