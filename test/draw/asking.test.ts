/** What the draws ask their source for: how many bytes, into which memory, and what they leave in it. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { ByteSource } from '../../src/draw/source.ts'
import { drawsFrom } from '../support/scripted-source.ts'

/** All memory that the package has asked for. */
const asked = vi.hoisted(() => ({ memory: [] as Uint8Array[] }))
vi.mock('../../src/bytes.ts', async (original) => {
  const real = await original<typeof import('../../src/bytes.ts')>()
  return {
    ...real,
    offHeap: (length: number) => {
      const made = real.offHeap(length)
      asked.memory.push(made)
      return made
    },
  }
})
/** What string() would take too long for. */
vi.mock('../../src/draw/ids.ts', async (original) => ({
  ...(await original<object>()),
  string: (_: ByteSource, length: number) => `${length}`,
}))

/** Gives one byte over and over, or what `give` makes of the number of the draw. */
class Recording implements ByteSource {
  lengths: number[] = []
  buffers: Uint8Array[] = []
  give: (draw: number, out: Uint8Array, length: number) => void = (_, out, length) => out.fill(0xff, 0, length)
  draw(out: Uint8Array, length: number): void {
    if (this.lengths.length > 100) throw new Error('a loop without end')
    this.lengths.push(length)
    this.buffers.push(out)
    this.give(this.lengths.length - 1, out, length)
  }
}

/** One that has an array of its own for lengths from `from` on. */
class Whole extends Recording {
  readonly from: number
  asked: number[] = []
  made: Uint8Array[] = []
  constructor(from: number) {
    super()
    this.from = from
  }
  whole(length: number): Uint8Array<ArrayBuffer> | undefined {
    this.asked.push(length)
    if (length < this.from) return undefined
    const made = new Uint8Array(length).fill(0xee)
    this.made.push(made)
    return made
  }
}

/** New memory that `action` asked for, by its lengths. */
function memoryOf(action: () => unknown): number[] {
  const before = asked.memory.length
  action()
  return asked.memory.slice(before).map(({ length }) => length)
}

const expectWiped = (): void => {
  for (const bytes of asked.memory) expect(bytes.every((byte) => byte === 0)).toBe(true)
}

let plain: Recording
beforeEach(() => {
  plain = new Recording()
})

describe('bytes(length)', () => {
  test.each([0, 1, 255, 256])('%i: drawn, whatever else the source has', (length) => {
    const source = new Whole(0)
    expect(drawsFrom(source).bytes(length)).toEqual(new Uint8Array(length).fill(0xff))
    expect(source.asked).toEqual([])
    expect(source.lengths).toEqual([length])
  })

  test('257: the array that the source makes, and no other', () => {
    const source = new Whole(257)
    expect(drawsFrom(source).bytes(257)).toBe(source.made[0])
    expect(source.lengths).toEqual([])
  })

  test('257: drawn, if the source makes none', () => {
    const source = new Whole(300)
    expect(drawsFrom(source).bytes(257)).toEqual(new Uint8Array(257).fill(0xff))
    expect([source.asked, source.lengths]).toEqual([[257], [257]])
    expect(drawsFrom(plain).bytes(257)).toEqual(new Uint8Array(257).fill(0xff))
  })
})

describe('fill(view)', () => {
  test.each([0, 1, 255, 256])('%i bytes: no new memory, and nothing left in the old', (length) => {
    const source = new Whole(0)
    const view = new Uint8Array(length)
    expect(memoryOf(() => drawsFrom(source).fill(view))).toEqual([])
    expect(view).toEqual(new Uint8Array(length).fill(0xff))
    expect([source.asked, source.lengths]).toEqual([[], [length]])
    expectWiped()
  })

  test('257 bytes: what the source makes is taken, and wiped', () => {
    const source = new Whole(257)
    const view = new Uint8Array(257)
    expect(memoryOf(() => drawsFrom(source).fill(view))).toEqual([])
    expect(view).toEqual(new Uint8Array(257).fill(0xee))
    expect(source.lengths).toEqual([])
    expect(source.made).toEqual([new Uint8Array(257)])
  })

  test('257 bytes: drawn into new memory, if the source makes none', () => {
    const view = new Uint8Array(257)
    expect(memoryOf(() => drawsFrom(plain).fill(view))).toEqual([257])
    expect(view).toEqual(new Uint8Array(257).fill(0xff))
    expectWiped()
  })
})

describe('integers: as many bytes as are likely to do, in whole words of 8', () => {
  test.each<[string, number[], (draws: ReturnType<typeof drawsFrom>) => unknown]>([
    ['int(6)', [16], (draws) => draws.int(6)],
    ['ints(1, 6): never below 16', [16], (draws) => draws.ints(1, 6)],
    ['ints(1000, 6): 4 of 256 are rejected, and 5 % more', [1072], (draws) => draws.ints(1000, 6)],
    ['ints(100, 256): none is', [112], (draws) => draws.ints(100, 256)],
    ['ints(100, 1000): of 2 bytes, 536 of 65,536 are', [216], (draws) => draws.ints(100, 1000)],
    ['ints(100, 2 ** 32)', [424], (draws) => draws.ints(100, 2 ** 32)],
    ['ints(100, 2 ** 53 - 1): one of 2^53 is', [848], (draws) => draws.ints(100, 2 ** 53 - 1)],
    ['ints(20000, 256): at most 16 KiB', [16_384, 16_384], (draws) => draws.ints(20_000, 256)],
    ['shuffle(53)', [224], (draws) => draws.shuffle(Array.from({ length: 53 }))],
  ])('%s', (_, lengths, call) => {
    plain.give = (_, out, length) => out.fill(0x77, 0, length) // nothing is rejected
    call(drawsFrom(plain))
    expect(plain.lengths).toEqual(lengths)
    expectWiped()
  })

  test('what is beyond the bytes that were drawn is never used', () => {
    expect(new Set(drawsFrom(plain).ints(20_000, 256))).toEqual(new Set([255]))
  })
})

describe('memory of many integers', () => {
  const SPARE = 2_048
  test('up to 2 KiB it is used again, above it is new, and thrown away', () => {
    const draws = drawsFrom(plain)
    expect(memoryOf(() => draws.ints(1_950, 256))).toEqual([])
    expect(plain.lengths.at(-1)).toBe(SPARE)
    expect(memoryOf(() => draws.ints(SPARE, 256))).toEqual([2_152])
    expect(memoryOf(() => draws.ints(10, 256))).toEqual([])
    expect(plain.buffers.map(({ length }) => length)).toEqual([SPARE, 2_152, SPARE])
    expectWiped()
  })

  test('a draw within a draw gets memory of its own', () => {
    const draws = drawsFrom(plain)
    plain.give = (draw, out, length) => {
      out.fill(0x11, 0, length)
      if (draw > 0) return
      expect(memoryOf(() => draws.ints(10, 256))).toEqual([16])
      expect(out.subarray(0, length).every((byte) => byte === 0x11)).toBe(true)
    }
    expect(draws.ints(10, 256)).toEqual(new Array(10).fill(0x11))
    expect(plain.buffers[1]).not.toBe(plain.buffers[0])
    expect(memoryOf(() => draws.ints(10, 256))).toEqual([])
    expect(plain.buffers.at(-1)).toBe(plain.buffers[0])
    expectWiped()
  })

  test('a source that fails leaves nothing in it, and it is used again', () => {
    const draws = drawsFrom(plain)
    plain.give = (_, out) => {
      out.fill(0x22)
      throw new Error('no entropy')
    }
    expect(() => draws.ints(1000, 256)).toThrow('no entropy')
    expect(() => draws.int(6)).toThrow('no entropy')
    expect(plain.buffers[0]?.subarray(0, plain.lengths[0]).every((byte) => byte === 0)).toBe(true)
    expect(plain.buffers[1]?.every((byte) => byte === 0)).toBe(true)
    plain.give = () => {}
    expect(memoryOf(() => draws.ints(10, 256))).toEqual([])
  })
})

test('string(length, alphabet): half as long where a character may take two units', () => {
  const draws = drawsFrom(plain)
  const most = 2 ** 29 - 24
  expect(draws.string(most / 2, 'a😀')).toBe(`${most / 2}`)
  expect(draws.string(most / 2 + 1, 'ab')).toBe(`${most / 2 + 1}`)
  expect(() => draws.string(most / 2 + 1, 'a😀')).toThrow(
    new RangeError(
      `"length" expected at most ${most / 2} characters of this alphabet, which may take two units, got ${most / 2 + 1}`,
    ),
  )
})

test.each([
  [5n, 5n],
  [5n, 4n],
])('bigint(%d, %d): the maximum is not above the minimum', (min, max) => {
  expect(() => drawsFrom(plain).bigint(min, max)).toThrow(
    new RangeError(`"max" expected a bigint above min, got ${max}n`),
  )
})
