/**
 * How many calls are made, and from which seed. 100,000 in all with ATFORK_REQUIRE_ALL=1, else 5,000.
 *
 * A failure names the calls that it shrank to. To repeat a whole run: ATFORK_ABUSE_SEED, with the seed that is printed.
 */
import fc from 'fast-check'

/** Of 100 calls, so many for each group. */
const SHARES = { draws: 50, live: 34, drbg: 6, makers: 4, lifecycle: 3, triggers: 3 } as const

const TOTAL = process.env.ATFORK_REQUIRE_ALL === '1' ? 100_000 : 5_000
/** Calls in a row on one generator: enough for one to spoil the next. */
export const ROW = 20

/** For hangs only, in ms. */
export const TIMEOUT = 600_000

export const seed: number = Number(process.env.ATFORK_ABUSE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Of what is right, so much is left out as it takes too long. */
const LEFT_OUT = 0.25

/**
 * Rows of calls, until the group's share is reached.
 *
 * @param check - Returns how many of the calls it has made.
 * @param part - Of the group's share.
 */
export function abuse<Call>(
  group: keyof typeof SHARES,
  call: fc.Arbitrary<Call>,
  check: (calls: Call[]) => number,
  part = 1,
): void {
  const share = (TOTAL * SHARES[group] * part) / 100
  const numRuns = Math.ceil(share / ROW / (1 - LEFT_OUT))
  let made = 0
  console.log(`${group}: ${share} calls, ATFORK_ABUSE_SEED=${seed}`)
  const rows = fc.array(call, { minLength: ROW, maxLength: ROW, size: 'max' })
  fc.assert(
    fc.property(rows, (calls) => {
      made += check(calls)
    }),
    { seed, numRuns },
  )
  if (made < share) throw new Error(`expected ${share} calls, got ${made}`)
}
