/** A reservoir against the plainest way of writing it: bytes in a row, a position, and wiping. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { words } from '../src/bytes.ts'
import { Reservoir } from '../src/reservoir.ts'

const LENGTH = 2_048
/** Bytes that are never 0, so that what is missing is seen. */
const numbered = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: LENGTH }, (_, i) => 1 + ((i * 7) % 255))
const mask = words(256)
mask.bytes.set(Uint8Array.from({ length: 256 }, (_, i) => i * 13))

test('what is handed out is what came in, in order, mixed with the mask, and each byte once', () => {
  const draw = fc.record({ length: fc.integer({ min: 1, max: 256 }), start: fc.nat(9), mixed: fc.boolean() })
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 40 }), (draws) => {
      const reservoir = new Reservoir()
      const all = numbered()
      reservoir.fill(numbered())
      let position = 0
      for (const { length, start, mixed } of draws) {
        expect(reservoir.has(length)).toBe(position + length <= LENGTH)
        if (!reservoir.has(length)) return
        const out = new Uint8Array(start + length + 3)
        if (mixed) reservoir.takeMixed(out, start, length, mask.int32)
        else reservoir.take(out, length)
        const first = mixed ? start : 0
        const expected = new Uint8Array(out.length)
        for (let i = 0; i < length; i++)
          expected[first + i] = (all[position + i] as number) ^ (mixed ? (mask.bytes[i] as number) : 0)
        expect(out).toEqual(expected)
        position = Math.ceil((position + length) / 4) * 4 // the rest of a word is thrown away
      }
    }),
  )
})

/** A reservoir whose memory the test keeps hold of. */
function opened() {
  const made: ArrayBuffer[] = []
  const { ArrayBuffer: Plain } = globalThis
  globalThis.ArrayBuffer = class extends Plain {
    constructor(length: number) {
      super(length)
      made.push(this)
    }
  } as ArrayBufferConstructor
  const reservoir = new Reservoir()
  reservoir.fill(numbered())
  globalThis.ArrayBuffer = Plain
  return { reservoir, memory: new Uint8Array(made.find((one) => one.byteLength === LENGTH) as ArrayBuffer) }
}

test.each([1, 3, 4, 63, 64, 65, 127, 256])('%i bytes are wiped as they leave, and no others', (length) => {
  const { reservoir, memory } = opened()
  expect(memory).toEqual(numbered()) // the control: it is there before
  const left = Math.ceil(length / 4) * 4
  reservoir.take(new Uint8Array(length), length)
  expect(memory.subarray(0, left)).toEqual(new Uint8Array(left))
  expect(memory.subarray(left)).toEqual(numbered().subarray(left))
  reservoir.takeMixed(new Uint8Array(length), 0, length, mask.int32)
  expect(memory.subarray(0, 2 * left)).toEqual(new Uint8Array(2 * left))
  expect(memory.subarray(2 * left)).toEqual(numbered().subarray(2 * left))
})

test('it is empty at first, after empty(), and when all is handed out; what was left is wiped', () => {
  const { reservoir, memory } = opened()
  expect(new Reservoir().has(1)).toBe(false)
  expect(reservoir.has(LENGTH)).toBe(true)
  expect(reservoir.has(LENGTH + 1)).toBe(false)
  reservoir.empty()
  expect(reservoir.has(1)).toBe(false)
  expect(memory).toEqual(new Uint8Array(LENGTH))
})

test('fill() wipes what it took in, and what it replaces', () => {
  const { reservoir, memory } = opened()
  const next = numbered().reverse()
  reservoir.fill(next)
  expect(next).toEqual(new Uint8Array(LENGTH))
  expect(memory).toEqual(numbered().reverse()) // the same memory again
  reservoir.fill(new Uint8Array(8).fill(5))
  expect(memory).toEqual(new Uint8Array(LENGTH)) // another length: the old memory is wiped
  const out = new Uint8Array(8)
  reservoir.take(out, 8)
  expect(out).toEqual(new Uint8Array(8).fill(5))
  expect(reservoir.has(1)).toBe(false)
})

test('fill() wipes what it took in when there is no memory for it, too', () => {
  const { ArrayBuffer: Plain } = globalThis
  const bytes = numbered()
  const reservoir = new Reservoir()
  globalThis.ArrayBuffer = class {
    constructor() {
      throw new RangeError('Array buffer allocation failed')
    }
  } as unknown as ArrayBufferConstructor
  try {
    expect(() => reservoir.fill(bytes)).toThrow('allocation failed')
  } finally {
    globalThis.ArrayBuffer = Plain
  }
  expect(bytes.every((byte) => byte === 0)).toBe(true)
  expect(reservoir.has(1)).toBe(false)
})
