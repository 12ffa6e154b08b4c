import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../../src/index.ts'
import { drawsFrom, ScriptedSource } from '../support/scripted-source.ts'
import { checkFit, tally, times } from '../support/statistics.ts'

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const toBytes = (value: bigint, length: number): number[] =>
  Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))

describe('bits', () => {
  test.each([false, true])('what was drawn is wiped (where the source fails: %s)', (fails) => {
    let drawn: Uint8Array = new Uint8Array()
    const draw = (out: Uint8Array): void => {
      drawn = out.fill(0xee)
      if (fails) throw new Error('no entropy')
    }
    if (fails) expect(() => drawsFrom({ draw }).bits(100)).toThrow('no entropy')
    else expect(drawsFrom({ draw }).bits(100)).toBeGreaterThan(0n)
    expect([...drawn]).toEqual(new Array(13).fill(0))
  })

  test('up to 8: each byte gives its low bits, so that each value occurs equally often', () => {
    for (let count = 1; count <= 8; count++) {
      const draws = drawsFrom(new ScriptedSource(ALL_BYTES))
      const values = times(256, () => Number(draws.bits(count)))
      expect(values).toEqual(ALL_BYTES.map((byte) => byte % 2 ** count))
    }
  })

  test('any number: the bytes as one big-endian number, its highest bits cut off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.infiniteStream(fc.nat({ max: 255 })), (count, stream) => {
        const bytes = [...stream.take(Math.ceil(count / 8))]
        const source = new ScriptedSource(bytes)
        const whole = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
        expect(drawsFrom(source).bits(count)).toBe(BigInt.asUintN(count, whole))
        expect(source.drawn).toBe(bytes.length)
      }),
    )
  })

  test('0 is 0n, and the most is 2^20', () => {
    const source = new ScriptedSource()
    expect(drawsFrom(source).bits(0)).toBe(0n)
    expect(source.draws).toBe(0)
    expect(drawsFrom(new ScriptedSource([0x80])).bits(2 ** 20)).toBe(1n << (2n ** 20n - 1n))
  })
})

describe('bigint', () => {
  test('2 to 256: of all bytes each result is taken equally often', () => {
    // n - 1 has c bits: each of the 2^c values comes from 2^(8 - c) bytes, and those below n are taken as they are.
    for (const n of [2, 3, 4, 5, 6, 7, 8, 9, 10, 63, 64, 65, 100, 127, 128, 129, 192, 255, 256]) {
      const count = (n - 1).toString(2).length
      const expected = ALL_BYTES.map((byte) => byte % 2 ** count).filter((value) => value < n)
      const source = new ScriptedSource(ALL_BYTES)
      const draws = drawsFrom(source)
      expect(times(expected.length, () => Number(draws.bigint(BigInt(n))))).toEqual(expected)
      expect(new Set(tally(n, expected))).toEqual(new Set([2 ** (8 - count)]))
    }
  })

  test('large ones: n is refused, n - 1 is taken', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 3n, max: 2n ** 300n }), (n) => {
        const length = Math.ceil((n - 1n).toString(2).length / 8)
        const isPower = (n & (n - 1n)) === 0n // then n does not fit in the bits of n - 1: nothing is refused
        const script = [...(isPower ? [] : toBytes(n, length)), ...toBytes(n - 1n, length)]
        const source = new ScriptedSource(script)
        expect(drawsFrom(source).bigint(n)).toBe(n - 1n)
        expect(source.drawn).toBe(script.length)
        expect(drawsFrom(new ScriptedSource(script)).bigint(-n, 0n)).toBe(-1n)
      }),
    )
  })

  test('a range of one value needs no bits; the widest is 2^(2^20)', () => {
    const source = new ScriptedSource()
    expect(drawsFrom(source).bigint(1n)).toBe(0n)
    expect(drawsFrom(source).bigint(-8n, -7n)).toBe(-8n)
    expect(source.draws).toBe(0)
    const widest = 1n << (2n ** 20n)
    expect(random.bigint(widest) < widest).toBe(true)
  })

  test('as drawn from the kernel it fits; without rejection it does not', () => {
    const thirds = (draw: () => bigint): number[] =>
      tally(
        3,
        times(5000, () => Number(draw() >> 100n)),
      )
    const n = 3n << 100n
    checkFit(thirds(() => random.bigint(n)))
    expect(() => checkFit(thirds(() => random.bits(102) % n))).toThrow('divergence')
    checkFit(
      tally(
        32,
        times(5000, () => Number(random.bits(5))),
      ),
    )
  })
})
