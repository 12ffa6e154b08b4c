/**
 * Whether counts fit a distribution, with a false-alarm rate that is a bound and no estimate.
 *
 * The statistic is D = N · KL(observed ‖ expected), half of the G statistic of a likelihood-ratio test. For N draws
 * into k cells, whatever N and the expected probabilities are, and for x > k - 1,
 *
 *     P(D ≥ x) ≤ e^-x · (e·x / (k - 1))^(k - 1)
 *
 * (R. Agrawal, "Finite-Sample Concentration of the Multinomial in Relative Entropy", IEEE Trans. Inf. Theory 66, 2020,
 * Theorem I.2). So no approximation by a chi-square quantile is involved, and small cells do no harm.
 *
 * Each comparison raises a false alarm with probability 2^-50 at most. The suite makes fewer than 2^10 of them, hence
 * one in 2^40 runs at most. A uniform cell count off by a factor of 1.5 is far beyond that at a few thousand draws.
 */

const FALSE_ALARM_BITS = 50

/** Fewest draws a cell at which the bounds below are of use. */
const MIN_PER_CELL = 20

/** D, in nats. */
export function divergence(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce(
    (sum, count, cell) =>
      count === 0 ? sum : sum + count * Math.log(count / (total * (probabilities[cell] as number))),
    0,
  )
}

/** The x at which the bound is 2^-bits: by bisection, as the bound falls for x > k - 1. */
export function threshold(cells: number, bits: number = FALSE_ALARM_BITS): number {
  const k = cells - 1
  let low = k
  let high = 4 * k + 4 * bits
  for (let i = 0; i < 100; i++) {
    const x = (low + high) / 2
    const logBound = -x + k * (1 + Math.log(x / k))
    if (logBound > -bits * Math.LN2) low = x
    else high = x
  }
  return high
}

/** Throws if the counts are not those of the given probabilities (default: all the same). */
export function checkFit(counts: readonly number[], probabilities?: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total < MIN_PER_CELL * counts.length)
    throw new RangeError(`${total} draws are too few for ${counts.length} cells`)
  const found = divergence(counts, probabilities ?? counts.map(() => 1 / counts.length))
  const limit = threshold(counts.length)
  if (!(found < limit)) throw new Error(`divergence ${found.toFixed(1)} is not below ${limit.toFixed(1)}`)
}

/** How often each of 0 to cells - 1 occurs. */
export function tally(cells: number, values: Iterable<number>): number[] {
  const counts = new Array<number>(cells).fill(0)
  for (const value of values) {
    if (!(value in counts)) throw new RangeError(`${value} is none of ${cells} cells`)
    counts[value] = (counts[value] as number) + 1
  }
  return counts
}

/** `count` values of `draw`. */
export const times = <Value>(count: number, draw: () => Value): Value[] => Array.from({ length: count }, () => draw())
