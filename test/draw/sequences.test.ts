import { describe, expect, test } from 'vitest'
import { random, type SeededRandom, seeded } from '../../src/index.ts'
import { drawsFrom, FailingSource, ScriptedSource, wordBytes } from '../support/scripted-source.ts'
import { checkFit, tally, times } from '../support/statistics.ts'

const TWO_32 = 2 ** 32

/** All ways to pick one of n, then one of n - 1, and so on, `count` times. */
function allPicks(n: number, count: number): number[][] {
  if (count === 0) return [[]]
  return Array.from({ length: n }, (_, pick) => allPicks(n - 1, count - 1).map((rest) => [pick, ...rest])).flat()
}

/**
 * For each pick: the highest word of all, which is refused where n does not divide 2^32, and then the highest that
 * gives the pick: m - n + pick, where m is the highest multiple of n that fits.
 */
function wordsFor(n: number, picks: number[]): Uint8Array {
  const words = picks.flatMap((pick, i) => {
    const bound = n - i
    const limit = TWO_32 - (TWO_32 % bound)
    return [...(limit < TWO_32 ? [TWO_32 - 1, limit] : []), limit - bound + pick]
  })
  return wordBytes(4, words)
}

describe('each pick is uniform, and each row of picks gives another order', () => {
  test.each([2, 3, 4, 5, 6])('shuffle of %i: all orders once', (n) => {
    const items = Array.from({ length: n }, (_, i) => i)
    const rows = allPicks(n, n - 1)
    const orders = rows.map((picks) =>
      drawsFrom(new ScriptedSource(wordsFor(n, picks)))
        .shuffle([...items])
        .join(),
    )
    expect(new Set(orders).size).toBe(rows.length)
    expect(rows.length).toBe(items.reduce((product, i) => product * (i + 1), 1))
    for (const order of orders) expect(order.split(',').sort()).toEqual(items.map(String))
  })

  test.each([
    [5, 0],
    [5, 1],
    [5, 2],
    [5, 3],
    [5, 4],
    [5, 5],
    [7, 3],
  ])('sample of %i, %i: all choices in all orders once', (n, count) => {
    const items = Array.from({ length: n }, (_, i) => i)
    const rows = allPicks(n, count)
    const samples = rows.map((picks) => drawsFrom(new ScriptedSource(wordsFor(n, picks))).sample(items, count))
    expect(new Set(samples.map(String)).size).toBe(rows.length)
    for (const sample of samples) {
      expect(sample).toHaveLength(count)
      expect(new Set(sample).size).toBe(count)
      expect(sample.every((item) => items.includes(item))).toBe(true)
    }
  })

  test('choice: the item at the place that int gives', () => {
    for (let n = 1; n <= 5; n++) {
      const items = Array.from({ length: n }, (_, i) => `item ${i}`)
      for (let pick = 0; pick < n; pick++)
        expect(drawsFrom(new ScriptedSource(wordsFor(n, [pick]))).choice(items)).toBe(`item ${pick}`)
    }
  })
})

describe('as drawn from the kernel', () => {
  const DRAWS = 24_000
  const code = (digits: number[]): number => digits.reduce((sum, digit) => sum * 5 + digit, 0)
  const ORDERS = allPicks(4, 4).map((picks) => {
    const left = [0, 1, 2, 3]
    return code(picks.flatMap((pick) => left.splice(pick, 1)))
  })
  const orders = (draw: () => number[]): number[] =>
    tally(
      24,
      times(DRAWS, () => ORDERS.indexOf(code(draw()))),
    )
  /** The mistake of picking from all items each time: 4^4 ways, that 24 orders cannot share evenly. */
  function naive(): number[] {
    const items = [0, 1, 2, 3]
    for (let i = 0; i < 4; i++) {
      const pick = random.int(4)
      const item = items[i] as number
      items[i] = items[pick] as number
      items[pick] = item
    }
    return items
  }

  test('shuffle and a whole sample give all 24 orders equally often; a naive shuffle does not', () => {
    checkFit(orders(() => random.shuffle([0, 1, 2, 3])))
    checkFit(orders(() => [...random.shuffle(new Uint8Array([0, 1, 2, 3]))]))
    checkFit(orders(() => random.sample([0, 1, 2, 3], 4)))
    expect(() => checkFit(orders(naive))).toThrow('divergence')
  })

  test('sample gives each place equally often, first and last; choice too', () => {
    const items = Array.from({ length: 10 }, (_, i) => i)
    const samples = times(DRAWS, () => random.sample(items, 3))
    for (let at = 0; at < 3; at++)
      checkFit(
        tally(
          10,
          samples.map((sample) => sample[at] as number),
        ),
      )
    checkFit(
      tally(
        10,
        times(DRAWS, () => random.choice(items)),
      ),
    )
  })
})

describe('what is handed back and what is touched', () => {
  const twins = (): [SeededRandom, SeededRandom] => [seeded('twins'), seeded('twins')]

  test('shuffle works in place, on arrays and all typed arrays alike', () => {
    const values = Array.from({ length: 100 }, (_, i) => i)
    const expected = seeded('order').shuffle([...values])
    expect(expected).not.toEqual(values)
    const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
    for (const Kind of [...kinds, Float32Array, Float64Array]) {
      const items = Kind.from(values)
      expect(seeded('order').shuffle(items)).toBe(items)
      expect([...items]).toEqual(expected)
    }
    for (const Kind of [BigInt64Array, BigUint64Array]) {
      const items = Kind.from(values.map(BigInt))
      expect(seeded('order').shuffle(items)).toBe(items)
      expect([...items].map(Number)).toEqual(expected)
    }
    const buffer = Buffer.from(values)
    expect([...seeded('order').shuffle(buffer)]).toEqual(expected)
  })

  test('nothing to order, nothing drawn', () => {
    const source = new ScriptedSource()
    const draws = drawsFrom(source)
    expect(draws.shuffle([])).toEqual([])
    expect(draws.shuffle(['one'])).toEqual(['one'])
    expect(draws.sample(['one'], 0)).toEqual([])
    expect(draws.sample([], 0)).toEqual([])
    expect(source.draws).toBe(0)
  })

  test('sample leaves the items as they are, and is the end of a shuffle, backwards', () => {
    const items = Object.freeze(Array.from({ length: 50 }, (_, i) => i))
    for (const count of [1, 2, 25, 49]) {
      const [one, other] = twins()
      const shuffled = one.shuffle([...items])
      expect(other.sample(items, count)).toEqual(shuffled.reverse().slice(0, count))
    }
    expect(random.sample(items, 50).sort((a, b) => a - b)).toEqual(items)
    expect(random.sample(Uint16Array.from(items), 50).sort((a, b) => a - b)).toEqual(items)
  })

  test('sample takes no room for what it does not take', () => {
    // Two of 2^30 positions: an array of them would be 8 GiB.
    expect(new Set(random.sample(new Uint8Array(2 ** 30), 2))).toEqual(new Set([0]))
  })

  test('without entropy the order stays', () => {
    const source = new FailingSource()
    const items = [1, 2, 3, 4, 5]
    expect(() => drawsFrom(source).shuffle(items)).toThrow(source.error)
    expect(items).toEqual([1, 2, 3, 4, 5])
  })
})
