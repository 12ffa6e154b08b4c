/**
 * All values of small draws, counted against their exact probabilities, beside a control that makes the usual mistake.
 * The false-alarm rate is that of test/support/statistics.ts: 2^-50 a comparison. What follows from the bytes alone is
 * proved without chance in test/draw/.
 */
import { describe, expect, test } from 'vitest'
import { createRandom, random } from '../../src/index.ts'
import { checkFit, tally, times } from '../support/statistics.ts'

const FIVE = [0, 1, 2, 3, 4]
/** Draws cheaply: enough for the controls. */
const aged = createRandom({ maxAge: 10 })
const GENERATORS = [random, aged]

const number = (digits: Iterable<number>, base: number): number => [...digits].reduce((sum, d) => sum * base + d, 0)
/** How often each of the cells came up, each of which has the same probability. What is no cell throws. */
function counts(cells: readonly number[], draws: number, draw: () => number): number[] {
  const places = new Map(cells.map((cell, place) => [cell, place]))
  return tally(
    cells.length,
    times(draws, () => places.get(draw()) ?? -1),
  )
}
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** All orders of some of the items, as numbers. */
function arrangements(items: readonly number[], count: number): number[] {
  const rows = (left: readonly number[], length: number): number[][] =>
    length === 0
      ? [[]]
      : left.flatMap((item) =>
          rows(
            left.filter((other) => other !== item),
            length - 1,
          ).map((row) => [item, ...row]),
        )
  return rows(items, count).map((row) => number(row, 5))
}

describe('shuffle: the 120 orders of 5', () => {
  const ORDERS = arrangements(FIVE, 5)
  const check = (draws: number, shuffled: () => number[]): void =>
    checkFit(counts(ORDERS, draws, () => number(shuffled(), 5)))

  test('each as often', () => {
    expect(ORDERS.length).toBe(120)
    for (const generator of GENERATORS) check(24_000, () => generator.shuffle([...FIVE]))
  })

  /** The items at the places, one after the other, each swapped with the one at `pick`. */
  function swapped(places: readonly number[], pick: (place: number) => number): number[] {
    const items = [...FIVE]
    for (const place of places) {
      const other = pick(place)
      const item = items[place] as number
      items[place] = items[other] as number
      items[other] = item
    }
    return items
  }

  test.each<[string, () => number[]]>([
    ['any place for each item', () => swapped([4, 3, 2, 1, 0], () => aged.int(5))],
    ['never its own place: a bound too low by one', () => swapped([4, 3, 2, 1], (place) => aged.int(place))],
    ['the last item stays', () => swapped([3, 2, 1], (place) => aged.int(place + 1))],
    ['three bits modulo', () => swapped([4, 3, 2, 1], (place) => aged.int(8) % (place + 1))],
    ['sorted by comparing at random', () => [...FIVE].sort(() => aged.float() - 0.5)],
  ])('control: %s', (_, shuffled) => {
    expect(() => check(16_000, shuffled)).toThrow('divergence')
  })
})

describe('sample: 2 of 5, in order', () => {
  const PAIRS = arrangements(FIVE, 2)
  const check = (sample: () => number[]): void => checkFit(counts(PAIRS, 8_000, () => number(sample(), 5)))

  test('each of the 20 as often', () => {
    expect(PAIRS.length).toBe(20)
    for (const generator of GENERATORS) check(() => generator.sample(FIVE, 2))
  })

  test.each<[string, () => number[]]>([
    ['in the order in which they stood', () => aged.sample(FIVE, 2).sort()],
    [
      'the second beside the first if it is taken',
      () => {
        const [first, second] = [aged.int(5), aged.int(5)]
        return [first, first === second ? (second + 1) % 5 : second]
      },
    ],
  ])('control: %s', (_, sample) => {
    expect(() => check(sample)).toThrow('divergence')
  })
})

describe('int and choice', () => {
  // A mistake of 2^-24 or less could not be seen in so few draws. Hence the large n, of which each third is a cell.
  const N = 3 * 2 ** 30
  const thirds = (draws: number, draw: () => number): number[] =>
    tally(
      3,
      times(draws, () => Math.floor(draw() / 2 ** 30)),
    )

  test('each third of 3·2^30 as often; each of 7, and each pair of neighbours', () => {
    for (const generator of GENERATORS) {
      checkFit(thirds(10_000, () => generator.int(N)))
      checkFit(
        tally(
          49,
          times(20_000, () => 7 * generator.int(7) + generator.int(-3, 4) + 3),
        ),
      )
      checkFit(
        tally(
          7,
          times(10_000, () => generator.choice(range(7))),
        ),
      )
    }
  })

  test('control: 32 bits modulo n', () => {
    const word = (): number => aged.int(2 ** 32)
    expect(() => checkFit(thirds(10_000, () => word() % N))).toThrow('divergence')
  })

  test('control: Math.floor(x · n) and Math.round(x · n)', () => {
    const x = (): number => (aged(1)[0] as number) / 256
    checkFit(
      tally(
        8,
        times(10_000, () => Math.floor(x() * 8)),
      ),
    ) // 8 divides 256
    expect(() =>
      checkFit(
        tally(
          192,
          times(20_000, () => Math.floor(x() * 192)),
        ),
      ),
    ).toThrow('divergence')
    expect(() =>
      checkFit(
        tally(
          8,
          times(10_000, () => Math.round(aged.float() * 7)),
        ),
      ),
    ).toThrow('divergence')
  })
})

describe('float', () => {
  /** The first six of its 53 bits, and the last six. */
  const first = (x: number): number => Math.floor(x * 64)
  const last = (x: number): number => Math.round((x * 2 ** 53) % 64)

  test('each value of its first bits and of its last as often, and of both together', () => {
    for (const generator of GENERATORS) {
      const values = times(40_000, () => generator.float())
      checkFit(tally(64, values.map(first)))
      checkFit(tally(64, values.map(last)))
      checkFit(
        tally(
          64,
          values.map((x) => 8 * (first(x) >> 3) + (last(x) & 7)),
        ),
      )
    }
  })

  test('control: 32 bits only; a mean of two', () => {
    expect(() =>
      checkFit(
        tally(
          64,
          times(5_000, () => last(aged.int(2 ** 32) / 2 ** 32)),
        ),
      ),
    ).toThrow('divergence')
    expect(() =>
      checkFit(
        tally(
          64,
          times(5_000, () => first((aged.float() + aged.float()) / 2)),
        ),
      ),
    ).toThrow('divergence')
  })
})

describe('string: characters beside each other', () => {
  const ALPHABET = 'abcdefghij'
  const pairs = (text: string): number[] =>
    tally(
      100,
      times(
        text.length / 2,
        (() => {
          let at = 0
          return () => 10 * ALPHABET.indexOf(text[at++] as string) + ALPHABET.indexOf(text[at++] as string)
        })(),
      ),
    )

  test('each of the 100 pairs as often, in one string and in many', () => {
    for (const generator of GENERATORS) {
      checkFit(pairs(generator.string(40_000, ALPHABET)))
      checkFit(pairs(times(5_000, () => generator.string(2, ALPHABET)).join('')))
    }
  })

  test('control: no character twice in a row; bytes modulo 100', () => {
    const noTwins = aged.string(40_000, ALPHABET).replaceAll(/(.)\1/g, (twins) => `${twins[0]}a`)
    expect(() => checkFit(pairs(noTwins))).toThrow('divergence')
    expect(() =>
      checkFit(
        tally(
          100,
          Array.from(aged(20_000), (byte) => byte % 100),
        ),
      ),
    ).toThrow('divergence')
  })
})

describe('uuid: its 122 bits', () => {
  const UUIDS = 1_200
  const bitsOf = (uuid: string): number[] =>
    Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex')).flatMap((byte) =>
      range(8).map((i) => (byte >> (7 - i)) & 1),
    )
  /** RFC 9562 §5.4: the version and the variant. */
  const FIXED = [48, 49, 50, 51, 64, 65]
  const FREE = range(128).filter((bit) => !FIXED.includes(bit))

  /** Each bit, and each bit with the next one: as often as 122 coins. */
  function check(uuids: readonly string[]): void {
    const rows = uuids.map(bitsOf)
    for (const [place, bit] of FREE.entries()) {
      const next = FREE[(place + 1) % FREE.length] as number
      checkFit(
        tally(
          4,
          rows.map((row) => 2 * (row[bit] as number) + (row[next] as number)),
        ),
      )
    }
  }

  test('each is 0 or 1 as often, whatever the next one is', () => {
    for (const generator of GENERATORS) check(times(UUIDS, () => generator.uuid()))
  })

  test.each<[string, number, (byte: number) => number]>([
    ['the variant written over a third bit', 8, (byte) => (byte & 0x1f) | 0x80],
    ['the version in the wrong byte', 7, (byte) => byte | 0x40],
    ['a bit twice', 3, (byte) => (byte & ~1) | ((byte >> 1) & 1)],
  ])('control: %s', (_, at, spoil) => {
    const spoilt = times(UUIDS, () =>
      Buffer.from(aged(16).map((byte, i) => (i === at ? spoil(byte) : byte))).toString('hex'),
    )
    expect(() => check(spoilt)).toThrow('divergence')
  })
})
