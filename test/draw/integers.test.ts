import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom, random } from '../../src/index.ts'
import { allWords, drawsFrom, ScriptedSource, wordBytes } from '../support/scripted-source.ts'
import { checkFit, tally, threshold, times } from '../support/statistics.ts'

const TWO_32 = 2 ** 32
const TWO_53 = 2 ** 53

/** The highest multiple of n up to 2^bits, by exact arithmetic of its own. */
const limitOf = (bits: number, n: number): number => Number(((1n << BigInt(bits)) / BigInt(n)) * BigInt(n))

const ints = (bytes: Iterable<number>, count: number, n: number): number[] =>
  drawsFrom(new ScriptedSource(bytes)).ints(count, n)
const int = (bytes: Iterable<number>, n: number): number => drawsFrom(new ScriptedSource(bytes)).int(n)

describe('every word of 1 and 2 bytes', () => {
  // Of all 2^b words, each once, ⌊2^b / n⌋·n are to be taken, and each of the n results ⌊2^b / n⌋ times, whatever word
  // stands for which result. The words come out of order, in three different orders. If fewer were taken, the zeros
  // after the script would make up for it; if more, some of the right ones would not be reached: one word too many
  // goes unnoticed for at most 1 in 2^b / ⌈2^b / n⌉ orders.
  const SALTS = [1, 2, 3]
  function checkAllWords(size: 1 | 2, n: number): void {
    const each = Math.floor(2 ** (8 * size) / n)
    for (const salt of SALTS) {
      const counts = tally(n, ints(allWords(size, salt), each * n, n))
      expect([Math.min(...counts), Math.max(...counts)]).toEqual([each, each])
    }
  }

  test('the orders hold each word once', () => {
    for (const salt of SALTS) {
      expect(new Set(allWords(1, salt)).size).toBe(256)
      const words = allWords(2, salt)
      expect(
        new Set(
          Array.from({ length: 2 ** 16 }, (_, i) => (words[2 * i] as number) * 256 + (words[2 * i + 1] as number)),
        ).size,
      ).toBe(2 ** 16)
    }
  })

  test('1 byte: each n from 1 to 256 gets each result equally often', () => {
    for (let n = 1; n <= 256; n++) checkAllWords(1, n)
  })

  test.each([257, 258, 1000, 21846, 32767, 32768, 32769, 49152, 65535, 65536])('2 bytes: %i', (n) => {
    checkAllWords(2, n)
  })

  test('control: without rejection the results are not equally frequent', () => {
    for (const n of [3, 5, 6, 7, 100, 129, 192, 255]) {
      const each = Math.floor(256 / n)
      const byRemainder = (salt: number): number[] => Array.from(allWords(1, salt), (byte) => byte % n)
      const byProduct = (salt: number): number[] => Array.from(allWords(1, salt), (byte) => (byte * n) >> 8)
      for (const biased of [byRemainder, byProduct]) {
        const fits = SALTS.map((salt) => tally(n, biased(salt).slice(0, each * n)).every((count) => count === each))
        expect(fits).toContain(false)
      }
    }
  })
})

describe('words of 4 and 8 bytes, at the limit', () => {
  // m - 1 is the last value taken, and gives n - 1, as n divides m. m itself would give 0, and is passed over.
  const n32 = [65537, 100_000, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 3 * 2 ** 30, TWO_32 - 1, TWO_32]
  const n53 = [TWO_32 + 1, 3 * 2 ** 40, 2 ** 52, 2 ** 52 + 1, 3 * 2 ** 51, TWO_53 - 2, TWO_53 - 1]
  const bitsOf = (size: 4 | 8): number => (size === 4 ? 32 : 53)

  /** The words above the last one taken: the highest of all and the lowest, where there are any. */
  function refused(size: 4 | 8, n: number): number[] {
    const range = 2 ** bitsOf(size)
    const limit = limitOf(bitsOf(size), n)
    return limit === range ? [] : [range - 1, limit]
  }

  function checkLimit(size: 4 | 8, n: number, draw: (bytes: Uint8Array) => number): void {
    const limit = limitOf(bitsOf(size), n)
    expect(draw(wordBytes(size, [limit - 1]))).toBe(n - 1)
    // The next word of the same draw is taken.
    for (const word of refused(size, n)) expect(draw(wordBytes(size, [word, limit - 1]))).toBe(n - 1)
    // Twelve refused words: two draws of 16 bytes are used up before one is taken.
    const words = [...times(6, () => refused(size, n)).flat(), limit - 1]
    expect(draw(wordBytes(size, words))).toBe(n - 1)
  }

  test.each(n32)('4 bytes: %i', (n) => {
    checkLimit(4, n, (bytes) => int(bytes, n))
    checkLimit(4, n, (bytes) => ints(bytes, 1, n)[0] as number)
  })
  test.each(n53)('8 bytes: %i', (n) => {
    checkLimit(8, n, (bytes) => int(bytes, n))
    checkLimit(8, n, (bytes) => ints(bytes, 1, n)[0] as number)
  })
  test('int takes 4 bytes for small numbers too', () => {
    for (let n = 2; n <= 256; n++) checkLimit(4, n, (bytes) => int(bytes, n))
  })
  test('any limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 65_537, max: TWO_32 }), fc.maxSafeNat(), (small, large) => {
        checkLimit(4, small, (bytes) => int(bytes, small))
        checkLimit(4, small, (bytes) => ints(bytes, 1, small)[0] as number)
        const n = Math.max(large, TWO_32 + 1)
        checkLimit(8, n, (bytes) => int(bytes, n))
        checkLimit(8, n, (bytes) => ints(bytes, 1, n)[0] as number)
      }),
    )
  })
  test('any word below the limit is taken % n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 65_537, max: TWO_32 }), fc.nat({ max: TWO_32 - 1 }), (n, word) => {
        fc.pre(word < limitOf(32, n))
        expect(int(wordBytes(4, [word]), n)).toBe(Number(BigInt(word) % BigInt(n)))
        expect(ints(wordBytes(4, [word]), 1, n)).toEqual([Number(BigInt(word) % BigInt(n))])
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: TWO_32 + 1, max: TWO_53 - 1 }), fc.maxSafeNat(), (n, word) => {
        fc.pre(word < limitOf(53, n))
        expect(int(wordBytes(8, [word]), n)).toBe(Number(BigInt(word) % BigInt(n)))
        expect(ints(wordBytes(8, [word]), 1, n)).toEqual([Number(BigInt(word) % BigInt(n))])
      }),
    )
  })
})

test('int and ints add the lower bound, exactly, up to the ends of what is safe', () => {
  const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number
  const last = (range: number): Uint8Array => wordBytes(8, [limitOf(53, range) - 1])
  expect(drawsFrom(new ScriptedSource()).int(min, 0)).toBe(min)
  expect(drawsFrom(new ScriptedSource(last(max))).int(min, 0)).toBe(-1)
  expect(drawsFrom(new ScriptedSource(last(max))).int(0, max)).toBe(max - 1)
  expect(drawsFrom(new ScriptedSource(last(max))).ints(1, min, 0)).toEqual([-1])
  expect(drawsFrom(new ScriptedSource(last(max))).int(-(2 ** 52), 2 ** 52 - 1)).toBe(2 ** 52 - 2)
  expect(drawsFrom(new ScriptedSource()).int(max - 1, max)).toBe(max - 1)
  expect(drawsFrom(new ScriptedSource(wordBytes(4, [5]))).int(-3, 3)).toBe(2)
  for (const n of [6, 300, 70_000, 2 ** 40]) {
    const values = ints(allWords(1, 1), 16, n)
    expect(drawsFrom(new ScriptedSource(allWords(1, 1))).ints(16, -3, n - 3)).toEqual(values.map((value) => value - 3))
  }
  expect(Object.is(drawsFrom(new ScriptedSource()).int(-0, 5), 0)).toBe(true)
  expect(Object.is(drawsFrom(new ScriptedSource([1])).ints(1, -0, 5)[0], 0)).toBe(true)
})

test('ints goes on over as many chunks as it takes', () => {
  for (const n of [2, 200, 65_000, 70_000, 2 ** 40]) {
    const values = random.ints(40_001, n)
    expect(values).toHaveLength(40_001)
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < n)).toBe(true)
  }
  expect(random.ints(0, 6)).toEqual([])
})

test('float is one of the 2^53 multiples of 2^-53, boolean one bit', () => {
  const float = (word: number): number => drawsFrom(new ScriptedSource(wordBytes(8, [word]))).float()
  expect(float(0)).toBe(0)
  expect(float(1)).toBe(2 ** -53)
  expect(float(TWO_53 - 1)).toBe(1 - 2 ** -53)
  fc.assert(
    fc.property(fc.maxSafeNat(), (word) => {
      expect(float(word)).toBe(word / TWO_53)
    }),
  )
  for (let byte = 0; byte < 256; byte++)
    expect(drawsFrom(new ScriptedSource([0, 0, 0, byte])).boolean()).toBe(byte % 2 === 1)
})

describe('as drawn from the kernel', () => {
  const DRAWS = 20_000
  // n is 3/4 of what the words hold: without rejection the lowest third would come up twice as often as each other.
  const sizes = [
    { size: 1, n: 192 },
    { size: 2, n: 49_152 },
    { size: 4, n: 3 * 2 ** 30 },
    { size: 8, n: 3 * 2 ** 51 },
  ] as const
  /** Which third of 0 to n - 1 each value is in. */
  const thirds = (n: number, values: Iterable<number>): number[] =>
    tally(
      3,
      Array.from(values, (value) => Math.floor((3 * value) / n)),
    )
  /** What ints would be without rejection. */
  function biased(count: number, size: 1 | 2 | 4 | 8, n: number): number[] {
    const view = new DataView(random(8 * count).buffer)
    return Array.from({ length: count }, (_, i) => {
      if (size === 8) return ((view.getUint32(8 * i) >>> 11) * TWO_32 + view.getUint32(8 * i + 4)) % n
      return (size === 1 ? view.getUint8(8 * i) : size === 2 ? view.getUint16(8 * i) : view.getUint32(8 * i)) % n
    })
  }

  test.each(sizes)('ints and int fit at $size bytes; a biased version does not', ({ size, n }) => {
    checkFit(thirds(n, random.ints(DRAWS, n)))
    checkFit(
      thirds(
        n,
        times(DRAWS, () => random.int(n)),
      ),
    )
    expect(() => checkFit(thirds(n, biased(DRAWS, size, n)))).toThrow('divergence')
  })

  test('int, float, boolean and ints fit in small cells, with maxAge and expand too', () => {
    for (const generator of [random, createRandom({ maxAge: 1000 }), createRandom({ expand: 'hmac', maxAge: 1000 })]) {
      for (const n of [2, 6, 10, 192]) {
        checkFit(
          tally(
            n,
            times(DRAWS, () => generator.int(n)),
          ),
        )
        checkFit(tally(n, generator.ints(DRAWS, n)))
      }
      checkFit(
        tally(
          64,
          times(DRAWS, () => Math.floor(64 * generator.float())),
        ),
      )
      // The low end of the fraction as well: bits 2^-48 to 2^-53.
      checkFit(
        tally(
          64,
          times(DRAWS, () => (2 ** 53 * generator.float()) % 64),
        ),
      )
      checkFit(
        tally(
          2,
          times(DRAWS, () => Number(generator.boolean())),
        ),
      )
    }
  })

  test('the threshold is where the bound says', () => {
    // k = 2 cells: e^-x · e·x = 2^-50. And a choice that leaves out 32 of 192 is refused.
    const x = threshold(2)
    expect(-x + 1 + Math.log(x)).toBeCloseTo(-50 * Math.LN2, 6)
    expect(() => checkFit(tally(192, random.ints(DRAWS, 160)))).toThrow('divergence')
    expect(() => checkFit([10, 10])).toThrow('too few')
  })
})
