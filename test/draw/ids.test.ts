import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { random } from '../../src/index.ts'
import { allWords, drawsFrom, FailingSource, ScriptedSource, type TestDraws } from '../support/scripted-source.ts'
import { checkFit, tally, times } from '../support/statistics.ts'

const bits = (uuid: string): bigint => BigInt(`0x${uuid.replaceAll('-', '')}`)
const ALL = 2n ** 128n - 1n
/** The bits of a UUID that say its version and variant: RFC 9562 §4.1, §4.2. */
const FIXED = (0xfn << 76n) | (0b11n << 62n)

/** 16 bytes as a source would draw them. */
const bytesOf = (value: bigint): number[] =>
  Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(120 - 8 * i)) & 0xffn))

/** Which bits were 1 at least once, and which 0. A given bit is always the same with probability 2^(1 - count). */
function seen(uuids: string[]): { ones: bigint; zeros: bigint } {
  return uuids.reduce(({ ones, zeros }, uuid) => ({ ones: ones | bits(uuid), zeros: zeros | (ALL ^ bits(uuid)) }), {
    ones: 0n,
    zeros: 0n,
  })
}

describe('uuid: RFC 9562 §5.4', () => {
  const LAYOUT = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  const uuidOf = (value: bigint): string => drawsFrom(new ScriptedSource(bytesOf(value))).uuid()

  test('layout, version 4, variant 10, lower case', () => {
    expect(uuidOf(0n)).toBe('00000000-0000-4000-8000-000000000000')
    expect(uuidOf(ALL)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
    expect(uuidOf(0x0123456789abcdef_0123456789abcdefn)).toBe('01234567-89ab-4def-8123-456789abcdef')
    for (const uuid of times(1000, () => random.uuid())) expect(uuid).toMatch(LAYOUT)
  })

  test('each of the other 122 bits is a bit of the source, in its place', () => {
    const zero = bits(uuidOf(0n))
    let copied = 0n
    for (let i = 0n; i < 128n; i++) copied |= (bits(uuidOf(1n << i)) ^ zero) & (1n << i)
    expect(copied).toBe(ALL ^ FIXED)
  })

  test('all 122 bits are seen set and unset', () => {
    // Of 122 bits in 64 ids: a false alarm with probability 122 · 2^-63 < 2^-56.
    const { ones, zeros } = seen(times(64, () => random.uuid()))
    expect(ones & ~FIXED).toBe(ALL ^ FIXED)
    expect(zeros & ~FIXED).toBe(ALL ^ FIXED)
    expect(ones & FIXED).toBe((4n << 76n) | (0b10n << 62n))
  })
})

describe('uuidv7: RFC 9562 §5.7', () => {
  const LAYOUT = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  const time = (uuid: string): number => Number(bits(uuid) >> 80n)
  /** rand_a and the six high bits of rand_b. */
  const counter = (uuid: string): number =>
    Number((((bits(uuid) >> 64n) & 0xfffn) << 6n) | ((bits(uuid) >> 56n) & 0x3fn))
  const tail = (uuid: string): bigint => bits(uuid) & (2n ** 56n - 1n)
  const START = 1_700_000_000_000

  /** What makes the ids of a thread ascend is kept in the module: each test gets a module of its own. */
  let uuid7: typeof import('../../src/draw/ids.ts')['uuid7']
  let now = START
  let last = 0n
  const advance = (next: (last: bigint) => bigint): bigint => {
    last = next(last)
    return last
  }
  beforeEach(async () => {
    last = 0n
    vi.resetModules()
    ;({ uuid7 } = await import('../../src/draw/ids.ts'))
    now = START
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  const setClock = (): void => {
    vi.spyOn(Date, 'now').mockImplementation(() => now)
  }
  const id = (script: number[] = [], event = 1): string => uuid7(new ScriptedSource(script), advance, () => event)

  /** RFC 9562 §6.11: as text, too, they sort by their time and order. */
  function expectAscending(uuids: string[]): void {
    const at = uuids.findIndex((uuid, i) => i > 0 && uuid <= (uuids[i - 1] as string))
    expect(at === -1 ? 'ascending' : uuids.slice(at - 1, at + 1)).toBe('ascending')
  }

  test('layout and bits', () => {
    setClock()
    now = 0x0123_4567_89ab
    expect(id()).toBe('01234567-89ab-7000-8000-000000000000')
    now++
    // The counter starts in the lower half of its 18 bits: its highest bit is 0.
    expect(id(new Array(16).fill(0xff))).toBe('01234567-89ac-77ff-bfff-ffffffffffff')
    now++
    expect(id(bytesOf(0x0123456789abcdef_0123456789abcdefn))).toMatch(LAYOUT)
    now = 2 ** 48 - 1
    expect(id()).toBe('1ffffff0-0000-7000-8000-000000000000') // the last time that is taken from a clock, in the year 3084
  })

  test('at the last time they ascend as well, also after copies, within the 63 bits that threads share', () => {
    setClock()
    now = Number.MAX_SAFE_INTEGER
    const ids = [1, 1, 2, 2, 3, 3].map((event) => id(new Array(16).fill(0xff), event))
    expectAscending(ids)
    expect(last).toBeLessThan(2n ** 63n)
  })

  test('the time is that of the call', async () => {
    vi.resetModules()
    const { random } = await import('../../src/index.ts')
    for (let i = 0; i < 1000; i++) {
      const before = Date.now()
      const uuid = random.uuidv7()
      const after = Date.now()
      expect(uuid).toMatch(LAYOUT)
      expect(time(uuid)).toBeGreaterThanOrEqual(before)
      expect(time(uuid)).toBeLessThanOrEqual(after)
    }
  })

  test('300,000 in a row ascend', () => {
    expectAscending(times(300_000, () => random.uuidv7()))
  })

  test('300,000 of several generators ascend', async () => {
    vi.resetModules()
    const { createRandom, random } = await import('../../src/index.ts')
    const generators = [random, createRandom({ maxAge: 1000 }), createRandom({ expand: 'hmac', maxAge: 1000 })]
    expectAscending(Array.from({ length: 300_000 }, (_, i) => (generators[i % 3] as typeof random).uuidv7()))
  })

  test('while the clock stands still they count, and run over into the next millisecond', () => {
    setClock()
    // From a start of 0: 2^18 ids have the time of the clock, the next 2^18 that of a millisecond later.
    const uuids = times(300_000, () => id())
    expectAscending(uuids)
    expect(uuids.slice(0, 2 ** 18).every((uuid, i) => time(uuid) === START && counter(uuid) === i)).toBe(true)
    expect(time(uuids[2 ** 18] as string)).toBe(START + 1)
    expect(counter(uuids[2 ** 18] as string)).toBe(0)
    expect(time(uuids.at(-1) as string)).toBe(START + 1)
    now = START + 1 // the clock has not passed the ids yet
    expectAscending([uuids.at(-1) as string, id()])
    now = START + 2
    expect(time(id())).toBe(START + 2)
  })

  test('the counter starts at a random value below 2^17 in each millisecond', () => {
    setClock()
    const counts = tally(
      16,
      times(8000, () => {
        now++
        return Math.floor(counter(id([...random(16)])) / 2 ** 13)
      }),
    )
    checkFit(counts)
  })

  test('when the clock is set back the ids go on', () => {
    setClock()
    const uuids = [id([0xff])]
    for (const step of [-1, -3_600_000, 10, 3_600_000 - 9, 0, 1, -(2 ** 40)]) {
      now += step
      uuids.push(...times(100, () => id()))
    }
    expectAscending(uuids)
    expect(time(uuids.at(-1) as string)).toBe(START + 1)
  })

  test('a clock before 1970, or that says no number, counts as 1970; fractions of a millisecond do not count', () => {
    setClock()
    const ids = [-1, Number.NaN].map((clock) => {
      now = clock
      return id([], 0)
    })
    expectAscending(ids)
    expect(ids.map(time)).toEqual([0, 0])
    now = START + 0.75
    expect(time(id())).toBe(START)
  })

  test('where the counter runs over it begins anew, at a random value', () => {
    setClock()
    last = (BigInt(START) << 18n) | (2n ** 18n - 1n)
    const next = id(new Array(16).fill(0xff), 0)
    expect([time(next), counter(next)]).toEqual([START + 1, 2 ** 17 - 1])
  })

  test('after a copy they go on in another millisecond, from another start', () => {
    setClock()
    const ONES = new Array(16).fill(0xff)
    const before = id(ONES, 1)
    const after = id([], 2)
    const next = id([], 2)
    expectAscending([before, after, next])
    expect([time(before), time(after), time(next)]).toEqual([START, START + 1, START + 1])
    expect([counter(before), counter(after), counter(next)]).toEqual([2 ** 17 - 1, 0, 1])
  })

  test('the 56 low bits are those of the source, fresh in each', () => {
    setClock()
    for (const tailBits of [0n, 1n, 2n ** 55n, 0x123456789abcden, 2n ** 56n - 1n])
      expect(tail(id(bytesOf(tailBits)))).toBe(tailBits)
    // 56 bits in 64 ids, which the counter does not touch: a false alarm with probability 56 · 2^-63 < 2^-57.
    const uuids = times(64, () => random.uuidv7())
    const { ones, zeros } = seen(uuids)
    expect(ones & (2n ** 56n - 1n)).toBe(2n ** 56n - 1n)
    expect(zeros & (2n ** 56n - 1n)).toBe(2n ** 56n - 1n)
    // 64 tails are all different but with probability 2^11 / 2^56.
    expect(new Set(uuids.map(tail)).size).toBe(64)
  })

  test('without entropy the counter stays', () => {
    setClock()
    expect(counter(id())).toBe(0)
    const source = new FailingSource()
    expect(() => uuid7(source, advance, () => 1)).toThrow(source.error)
    expect(counter(id())).toBe(1)
  })
})

describe('string', () => {
  const DEFAULT = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  /** What becomes of all words of that size: each character must come up equally often. */
  function checkAllWords(size: 1 | 2, alphabet: string, text: (draws: TestDraws, length: number) => string): void {
    const characters = [...alphabet]
    const each = Math.floor(2 ** (8 * size) / characters.length)
    const found = [...text(drawsFrom(new ScriptedSource(allWords(size, 1))), each * characters.length)]
    const counts = tally(
      characters.length,
      found.map((character) => characters.indexOf(character)),
    )
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([each, each])
  }

  test('default: 64 characters that need no escaping, 4 bytes of 256 for each', () => {
    checkAllWords(1, DEFAULT, (draws, length) => draws.string(length))
    expect(encodeURIComponent(DEFAULT)).toBe(DEFAULT)
    expect(random.string(21)).toMatch(/^[A-Za-z0-9_-]{21}$/)
  })

  test('an alphabet of its own; a character is a code point, so that an emoji is one', () => {
    for (const alphabet of ['x', 'abc', 'abcdefg', 'a😀é', '😀😁😂', DEFAULT.slice(0, 48)])
      checkAllWords(1, alphabet, (draws, length) => draws.string(length, alphabet))
    expect([...random.string(50, '😀😁😂')]).toHaveLength(50)
  })

  test('more than 256 characters take words of 2 bytes', () => {
    const alphabet = String.fromCodePoint(...Array.from({ length: 300 }, (_, i) => 0x4e00 + i))
    checkAllWords(2, alphabet, (draws, length) => draws.string(length, alphabet))
  })

  test('as drawn from the kernel it fits; bytes % 192 do not', () => {
    const alphabet = String.fromCodePoint(...Array.from({ length: 192 }, (_, i) => 0x4e00 + i))
    const check = (text: string): void =>
      checkFit(
        tally(
          192,
          Array.from(text, (character) => alphabet.indexOf(character)),
        ),
      )
    check(random.string(20_000, alphabet))
    expect(() => check(Array.from(random(20_000), (byte) => alphabet[byte % 192]).join(''))).toThrow('divergence')
    checkFit(
      tally(
        64,
        Array.from(random.string(20_000), (character) => DEFAULT.indexOf(character)),
      ),
    )
  })
})

test.each([65_535, 65_536, 65_537, 200_000])('a string of %i characters, which is drawn in pieces', (length) => {
  expect(random.string(length)).toHaveLength(length)
})
