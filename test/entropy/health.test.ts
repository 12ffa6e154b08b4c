/** The continuous tests by themselves: which repetitions they find, after how many samples, and what they let pass. */
import { describe, expect, it } from 'vitest'
import { HealthTest, type Verdict } from '../../src/entropy/health.ts'

/** The n-th of many samples that all differ. */
const samples = Array.from({ length: 25_000 }, (_, n) => new Uint8Array(Float64Array.of(n + 1).buffer))
const sample = (n: number): Uint8Array => samples[n] as Uint8Array

const verdict = (health: HealthTest, bytes: Uint8Array): Verdict => health.test(bytes, 0)
const verdicts = (health: HealthTest, bytes: readonly Uint8Array[]): Verdict[] => bytes.map((b) => verdict(health, b))

/** How many samples of a device with this period are looked at until the alarm; undefined if there is none. */
function samplesUntilAlarm(health: HealthTest, period: number): number | undefined {
  for (let n = 0; n < 5_000; n++) if (verdict(health, sample(n % period)) === 'failed') return n + 1
  return undefined
}

describe('repetition count', () => {
  const [a, b] = [sample(0), sample(1)]
  const zeros = new Uint8Array(8)

  it.each([
    ['the third of equal samples', [a, a, a], ['fresh', 'repeated', 'failed']],
    [
      'again after an alarm, without a fresh one',
      [a, a, a, a, a],
      ['fresh', 'repeated', 'failed', 'repeated', 'failed'],
    ],
    ['not two', [a, a, b, b, a], ['fresh', 'repeated', 'fresh', 'repeated', 'fresh']],
    ['zeros from the first', [zeros, zeros], ['repeated', 'failed']],
    ['zeros after others', [a, zeros, zeros], ['fresh', 'repeated', 'failed']],
    ['one zero sample', [a, zeros, b, zeros], ['fresh', 'repeated', 'fresh', 'repeated']],
  ] as const)('%s', (_, samples, expected) => {
    expect(verdicts(new HealthTest(), samples)).toEqual(expected)
  })

  it('compares all of 8 bytes, and none beside them', () => {
    for (let at = 0; at < 8; at++) {
      const other = a.map((byte, i) => (i === at ? byte ^ 1 : byte))
      expect(verdicts(new HealthTest(), [a, other])).toEqual(['fresh', 'fresh'])
    }
    const health = new HealthTest()
    expect([1, 2].map((beside) => health.test(Uint8Array.of(beside, ...a, beside), 1))).toEqual(['fresh', 'repeated'])
  })
})

describe('adaptive proportion', () => {
  it('finds each period from 2 to 511 within two of them and a window, though it begins within another window', () => {
    for (let period = 2; period <= 511; period++) {
      const health = new HealthTest()
      for (let n = 0; n < 300; n++) verdict(health, sample(10_000 + n))
      const alarm = samplesUntilAlarm(health, period) ?? Number.POSITIVE_INFINITY
      expect(alarm, `period ${period}`).toBeLessThanOrEqual(2 * period + 1 + 512)
    }
  })

  it('not a period of 512: no first sample comes again in its window', () => {
    expect(samplesUntilAlarm(new HealthTest(), 511)).toBe(2 * 511 + 1)
    expect(samplesUntilAlarm(new HealthTest(), 512)).toBeUndefined()
  })

  it('two of a kind are no alarm, however often: that happens by chance', () => {
    const health = new HealthTest()
    for (let round = 0; round < 20; round++) {
      const first = 1_000 * round
      const window = Array.from({ length: 512 }, (_, n) => sample(n === 200 ? first : first + n))
      expect(verdicts(health, window)).toEqual(Array(512).fill('fresh'))
      for (let n = 0; n < 200; n++) verdict(health, sample(first + 600 + n)) // to the end of the window that a match began
    }
  })

  it('a million samples of a generator with a long period are all fresh', () => {
    const health = new HealthTest()
    const bytes = new Uint32Array(2)
    const view = new Uint8Array(bytes.buffer)
    let state = 1
    for (let n = 0; n < 1_000_000; n++) {
      for (let i = 0; i < 2; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        bytes[i] = state
      }
      if (health.test(view, 0) !== 'fresh') expect.unreachable(`sample ${n}`)
    }
  })
})

describe('after an alarm', () => {
  const alarmed = (): HealthTest => {
    const health = new HealthTest()
    verdicts(health, [sample(0), sample(0), sample(0)])
    return health
  }

  it('1,024 fresh samples are owed', () => {
    expect(new HealthTest().owed).toBe(0)
    const health = alarmed()
    for (let n = 0; n < 1024; n++) {
      if (health.owed !== 1024 - n) expect.unreachable(`${health.owed} after ${n}`)
      verdict(health, sample(1 + n))
    }
    expect(health.owed).toBe(0)
  })

  it('a repeated one does not count, and another alarm begins it anew: no period up to 511 passes', () => {
    const health = alarmed()
    verdicts(health, [sample(1), sample(1)])
    expect(health.owed).toBe(1023)
    verdict(health, sample(1))
    expect(health.owed).toBe(1024)
    for (let period = 2; period <= 511; period++) {
      const stuck = alarmed()
      for (let n = 0; n < 3_000; n++) {
        verdict(stuck, sample(n % period))
        if (stuck.owed === 0) expect.unreachable(`period ${period}`)
      }
    }
  })

  it('reset() forgets samples and alarm', () => {
    const health = alarmed()
    health.reset()
    expect(health.owed).toBe(0)
    expect(verdicts(health, [sample(0), sample(0)])).toEqual(['fresh', 'repeated'])
  })
})
