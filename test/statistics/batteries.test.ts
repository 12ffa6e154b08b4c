/**
 * Batteries of other people's tests on long streams: 1 GiB each with ATFORK_STATISTICS=full (`npm run test:slow`), a
 * few seconds' worth otherwise. docs/reliability.md has the last figures, and says what such tests can tell and what not.
 */
import { expect, test } from 'vitest'
import { slow } from '../support/slow.ts'
import { divergence, threshold } from '../support/statistics.ts'
import { type Assessment, dieharder, type Fips, requireBatteries, rngtest } from './batteries.ts'

const FULL = process.env.ATFORK_STATISTICS === 'full'
const TIMEOUT = FULL ? 30 * 60_000 : 120_000
/** Sixty-four processes take a while to start. */
const STREAMS = ['random', 'maxAge', 'HmacDrbg', ...(FULL ? ['children'] : [])]

/** Of 2,500 bytes: 1 GiB, or 10 MB. */
const BLOCKS = FULL ? Math.ceil(2 ** 30 / 2500) : 4_000
/**
 * What a good stream fails by: some 0.08 % of its blocks (10^-4 each by monobit and poker, 3·10^-4 each by runs and long
 * runs). So the count of failures is binomial; the bound is that of checkFit: a false alarm once in 2^50 comparisons.
 */
const FAILURE_RATE = 0.0008
const excess = ({ blocks, failures }: Fips): number =>
  divergence([failures, blocks - failures], [FAILURE_RATE, 1 - FAILURE_RATE])

/**
 * dieharder's numbers. All of these take about 1 GiB together (971 MiB). docs/reliability.md says why not the others.
 */
const TESTS = FULL ? [0, 1, 3, 4, 8, 10, 11, 12, 15, 100, 101, 102, 206] : [8]

/**
 * What is FAILED (p within 10^-6 of 0 or 1), and what is WEAK (0.005) twice, the second time with new data. In CI, with
 * its three p-values, FAILED alone counts: a false alarm in 160,000 runs.
 */
async function assess(stream: string): Promise<{ bad: Assessment[]; report: object }> {
  const { assessments, bytes } = await dieharder(stream, TESTS, TIMEOUT)
  const not = (verdict: string): Assessment[] => assessments.filter((assessment) => assessment.verdict === verdict)
  const failed = not('FAILED')
  const weak = FULL ? not('WEAK') : []
  const again = [...new Set(weak.map(({ test }) => test))]
  const second = again.length === 0 ? [] : (await dieharder(stream, again, TIMEOUT)).assessments
  const bad = second.filter(
    ({ name, verdict }) => verdict === 'FAILED' || (verdict === 'WEAK' && weak.some((first) => first.name === name)),
  )
  return { bad: [...failed, ...bad], report: { stream, bytes, values: assessments.length, failed, weak, bad } }
}

/** The figures for the docs. */
const tell = (report: object): void => {
  if (FULL) console.log(new Date().toISOString(), JSON.stringify(report))
}

test.for(STREAMS)(
  '%s: rngtest finds no more bad blocks than chance gives',
  { timeout: TIMEOUT },
  async (stream, ctx) => {
    slow(ctx)
    requireBatteries(ctx)
    const fips = await rngtest(stream, BLOCKS, TIMEOUT)
    tell({ stream, ...fips })
    expect(excess(fips)).toBeLessThan(threshold(2))
  },
)

test.for(STREAMS)('%s: dieharder', { timeout: 2 * TIMEOUT }, async (stream, ctx) => {
  slow(ctx)
  requireBatteries(ctx)
  const { bad, report } = await assess(stream)
  tell(report)
  expect(bad).toEqual([])
})

test('control: one bit of 80 stuck fails both', { timeout: TIMEOUT }, async (ctx) => {
  slow(ctx)
  requireBatteries(ctx)
  expect(excess(await rngtest('stuck', 4_000, TIMEOUT))).toBeGreaterThan(threshold(2))
  expect((await dieharder('stuck', [8], TIMEOUT)).assessments.map(({ verdict }) => verdict)).toContain('FAILED')
})

test('control: 4 KiB again and again fails dieharder; rngtest does not look beyond a block', {
  timeout: TIMEOUT,
}, async (ctx) => {
  slow(ctx)
  requireBatteries(ctx)
  expect((await dieharder('repeated', [8], TIMEOUT)).assessments.map(({ verdict }) => verdict)).toContain('FAILED')
})
