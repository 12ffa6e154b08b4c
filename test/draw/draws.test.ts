/** The arguments of every method, and filling every kind of view. */
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createRandom, random, type SeededRandom, seeded } from '../../src/index.ts'
import { drawsFrom, FailingSource, ScriptedSource, type TestDraws } from '../support/scripted-source.ts'

/** Whatever is called on it, it is a mistake: arguments are looked at, never run. */
const TOUCHY: object = Object.fromEntries(
  ['valueOf', 'toString', 'toJSON', Symbol.toPrimitive, Symbol.iterator].map((name) => [
    name,
    () => {
      throw new Error(`${String(name)} was called`)
    },
  ]),
)
const NOT_NUMBERS = [undefined, null, '5', '', 5n, true, {}, [], [5], new Number(5), Symbol('5'), () => 5, TOUCHY]
const NO_SAFE_INTEGERS = [0.5, -1.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e300]
const NOT_COUNTS = [...NO_SAFE_INTEGERS, -1, 2 ** 32 + 1]
const NOT_BIGINTS = [undefined, null, 5, '5', true, {}, [], Symbol('5'), () => 5n, TOUCHY]
const NOT_SEQUENCES = [undefined, null, 5, 'abc', {}, { length: 3 }, new Set([1]), new DataView(new ArrayBuffer(8))]
const NOT_VIEWS = [undefined, null, 16, 'abc', {}, [1, 2], new ArrayBuffer(8), TOUCHY]

/** A method with one argument left open, its label, and what is refused in that place. */
interface Place {
  call: (draws: TestDraws, value: never) => unknown
  label: string
  kinds: unknown[]
  values: unknown[]
}
const place = (label: string, call: Place['call'], kinds: unknown[], values: unknown[] = []): Place => ({
  call,
  label,
  kinds,
  values,
})

const PLACES: Record<string, Place> = {
  'random(_)': place('length', (d, x) => d(x), NOT_NUMBERS, NOT_COUNTS),
  'bytes(_)': place('length', (d, x) => d.bytes(x), NOT_NUMBERS, NOT_COUNTS),
  'fill(_)': place('view', (d, x) => d.fill(x), NOT_VIEWS),
  'int(_)': place('max', (d, x) => d.int(x), NOT_NUMBERS, [...NO_SAFE_INTEGERS, 0, -0, -1]),
  'int(_, 5)': place('min', (d, x) => d.int(x, 5), NOT_NUMBERS, NO_SAFE_INTEGERS),
  'int(5, _)': place('max', (d, x) => d.int(5, x), NOT_NUMBERS.slice(1), [...NO_SAFE_INTEGERS, 5, 4, -5]),
  'int(-2^53 + 1, _)': place('max', (d, x) => d.int(-(2 ** 53) + 1, x), [], [1, 2, 2 ** 53 - 1]),
  'ints(_, 6)': place('count', (d, x) => d.ints(x, 6), NOT_NUMBERS, [...NOT_COUNTS, 2 ** 32]),
  'ints(1, _)': place('max', (d, x) => d.ints(1, x), NOT_NUMBERS, [...NO_SAFE_INTEGERS, 0, -0, -1]),
  'ints(0, _)': place('max', (d, x) => d.ints(0, x), NOT_NUMBERS, [0]),
  'ints(1, _, 5)': place('min', (d, x) => d.ints(1, x, 5), NOT_NUMBERS, NO_SAFE_INTEGERS),
  'ints(1, 5, _)': place('max', (d, x) => d.ints(1, 5, x), NOT_NUMBERS.slice(1), [...NO_SAFE_INTEGERS, 5, 4]),
  'bigint(_)': place('max', (d, x) => d.bigint(x), NOT_BIGINTS, [0n, -1n, (1n << (2n ** 20n)) + 1n]),
  'bigint(_, 5n)': place('min', (d, x) => d.bigint(x, 5n), NOT_BIGINTS),
  'bigint(5n, _)': place('max', (d, x) => d.bigint(5n, x), NOT_BIGINTS.slice(1), [5n, 4n, -5n]),
  'bits(_)': place('count', (d, x) => d.bits(x), NOT_NUMBERS, [...NOT_COUNTS, 2 ** 20 + 1]),
  'choice(_)': place('items', (d, x) => d.choice(x), NOT_SEQUENCES, [[], new Uint8Array(0)]),
  'shuffle(_)': place('items', (d, x) => d.shuffle(x), NOT_SEQUENCES),
  'sample(_, 0)': place('items', (d, x) => d.sample(x, 0), NOT_SEQUENCES),
  'sample([1, 2, 3], _)': place('count', (d, x) => d.sample([1, 2, 3], x), NOT_NUMBERS, [...NOT_COUNTS, 4]),
  'string(_)': place('length', (d, x) => d.string(x), NOT_NUMBERS, [...NOT_COUNTS, 2 ** 32]),
  "string(_, 'a😀')": place('length', (d, x) => d.string(x, 'a😀'), NOT_NUMBERS, [...NOT_COUNTS, 2 ** 28 - 11]),
  "string(_, 'ab')": place('length', (d, x) => d.string(x, 'ab'), NOT_NUMBERS, NOT_COUNTS),
  'string(3, _)': place(
    'alphabet',
    (d, x) => d.string(3, x),
    [null, 5, {}, [], ['a', 'b'], Symbol('ab'), () => 'ab', TOUCHY],
    ['', 'aa', 'abca', '😀😀', 'a😀b😀', '\ud800', 'ab\udc00', '\udc00\ud800'],
  ),
}

describe('wrong arguments', () => {
  function refusal(draws: TestDraws, { call, label }: Place, value: unknown, Kind: typeof TypeError): void {
    let error: unknown
    try {
      call(draws, value as never)
    } catch (thrown) {
      error = thrown
    }
    expect(error, `${String(typeof value)} was not refused`).toBeInstanceOf(Error)
    expect((error as Error).constructor).toBe(Kind)
    expect((error as Error).message).toMatch(new RegExp(`^"${label}" expected .+, got .+$`))
  }

  test.each(Object.entries(PLACES))('%s: TypeError for kind, RangeError for value; nothing is drawn', (_, place) => {
    const source = new ScriptedSource()
    const draws = drawsFrom(source)
    for (const value of place.kinds) refusal(draws, place, value, TypeError)
    for (const value of place.values) refusal(draws, place, value, RangeError)
    expect(source.draws).toBe(0)
  })

  test('every method that takes arguments is in the table', () => {
    const generator = seeded('methods')
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(generator)))
    const taken = new Set(Object.keys(PLACES).map((key) => key.replace(/\(.*/, '')))
    expect(names.filter((name) => !taken.has(name)).sort()).toEqual(['boolean', 'constructor', 'float', 'uuid'])
  })

  test('a seeded generator goes on like its twin, for which nothing went wrong', () => {
    const [generator, twin, control] = [seeded('twin'), seeded('twin'), seeded('twin')]
    expect(generator(5)).toEqual(twin(5))
    for (const { call, kinds, values } of Object.values(PLACES))
      for (const value of [...kinds, ...values])
        expect(() => call(generator as unknown as TestDraws, value as never)).toThrow()
    control.int(6)
    const next = twin(64)
    expect(generator(64)).toEqual(next)
    expect(control.bytes(64)).not.toEqual(next)
  })

  test('contents of strings and buffers do not show up in messages', () => {
    for (const secret of ['correct horse', Buffer.from('correct horse'), ['correct horse']])
      for (const call of [() => random.int(secret as never), () => random.bigint(secret as never)])
        expect(call).toThrow(
          /^"max" expected a (number|bigint), got (a string of length 13|a view of 13 bytes|an array)$/,
        )
    expect(() => random.string(4, 'secretsecret')).toThrow('"alphabet" expected one character or more, each once')
  })

  test('a method taken off its generator says TypeError', () => {
    const { int, bytes, uuid } = random
    for (const call of [() => int(6), () => bytes(6), () => uuid()]) expect(call).toThrow(TypeError)
    expect(Reflect.apply(int, random, [1])).toBe(0)
  })
})

describe('sequences of every sort', () => {
  const calls = (items: never): (() => unknown)[] => {
    // The source ends after 1 MiB: a loop that never takes a value shows as another error.
    const draws = drawsFrom(new ScriptedSource())
    return [() => draws.choice(items), () => draws.shuffle(items), () => draws.sample(items, 1)]
  }
  const withLength = (length: unknown): [Uint8Array, number[]] => {
    class Liar extends Uint8Array {
      override get length(): number {
        return length as number
      }
    }
    const get = (target: number[], name: PropertyKey): unknown =>
      name === 'length' ? length : Reflect.get(target, name)
    return [new Liar(4), new Proxy([1, 2, 3], { get })]
  }

  test('a length that is none is refused', () => {
    for (const length of [NaN, Infinity, -1, 1.5, 2 ** 32, 2 ** 53])
      for (const items of withLength(length))
        for (const call of calls(items as never))
          expect(call).toThrow(/^"items.length" expected an integer from 0 to 4294967295, got /)
    for (const length of [undefined, null, '2', 2n, TOUCHY])
      for (const items of withLength(length))
        for (const call of calls(items as never)) expect(call).toThrow(/^"items.length" expected a number, got /)
  })

  test('a revoked proxy of an array is no sequence', () => {
    const { proxy, revoke } = Proxy.revocable([1, 2, 3], {})
    revoke()
    for (const call of calls(proxy as never))
      expect(call).toThrow(new TypeError('"items" expected an array or a typed array, got an object'))
  })

  test('a frozen array is not shuffled, and nothing is drawn for it', () => {
    const source = new ScriptedSource()
    const draws = drawsFrom(source)
    expect(() => draws.shuffle(Object.freeze([1, 2, 3]) as never)).toThrow(
      new TypeError('"items" expected an array that can be written to, got a frozen one'),
    )
    expect(source.draws).toBe(0)
    for (const items of [Object.freeze([]), Object.freeze([1]), Object.seal([1, 2])])
      expect(draws.shuffle(items as never)).toBe(items) // nothing is written to the first two
  })

  test('a DataView of another realm is no sequence', () => {
    for (const call of calls(runInNewContext('new DataView(new ArrayBuffer(8))') as never))
      expect(call).toThrow(/^"items/)
  })

  test('arrays and typed arrays of another realm are sequences', () => {
    for (const code of ['[7, 7]', 'Uint8Array.of(7, 7)', 'Float64Array.of(7, 7)'])
      expect(random.choice<number>(runInNewContext(code))).toBe(7)
  })
})

describe('what is not wrong', () => {
  test('lengths and counts of 0 draw nothing', () => {
    const source = new ScriptedSource()
    const draws = drawsFrom(source)
    expect(draws.bits(0)).toBe(0n)
    expect(draws.ints(0, 6)).toEqual([])
    expect(draws.string(0)).toBe('')
    expect(draws.string(0, 'abc')).toBe('')
    expect(source.draws).toBe(0)
    expect(random(0)).toEqual(new Uint8Array(0))
    expect(random.fill(new DataView(new ArrayBuffer(8), 8)).byteLength).toBe(0)
  })

  test('a missing second bound is the same as undefined', () => {
    const twin = (): SeededRandom => seeded('bound')
    expect(twin().int(1000, undefined as never)).toBe(twin().int(1000))
    expect(twin().ints(8, 1000, undefined as never)).toEqual(twin().ints(8, 1000))
    expect(twin().bigint(1000n, undefined as never)).toBe(twin().bigint(1000n))
  })

  test('bytes: a Uint8Array of its own, of exactly that length', () => {
    for (const length of [1, 2, 7, 8, 9, 64, 65, 255, 256, 257, 1000, 65_536, 65_537]) {
      const bytes = random.bytes(length)
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      expect([bytes.length, bytes.byteOffset, bytes.buffer.byteLength]).toEqual([length, 0, length])
    }
  })

  test('random(16) and random.bytes(16) are the same', () => {
    expect(seeded('same')(16)).toEqual(seeded('same').bytes(16))
    expect(typeof random).toBe('function')
  })
})

describe('fill', () => {
  const script = (length: number): number[] => Array.from({ length }, (_, i) => (i % 255) + 1)
  /** By name, as some Node lines have Float16Array and some not. */
  const KINDS = Object.getOwnPropertyNames(globalThis).filter((name) => /^(Big)?(Ui|I|F).*Array$|^DataView$/.test(name))
  const make = (kind: string, ...args: unknown[]): ArrayBufferView =>
    Reflect.construct((globalThis as never)[kind], args) as ArrayBufferView

  test('the kinds are all there', () => {
    expect(KINDS.filter((name) => name !== 'Float16Array').sort()).toEqual([
      'BigInt64Array',
      'BigUint64Array',
      'DataView',
      'Float32Array',
      'Float64Array',
      'Int16Array',
      'Int32Array',
      'Int8Array',
      'Uint16Array',
      'Uint32Array',
      'Uint8Array',
      'Uint8ClampedArray',
    ])
  })

  test.each(KINDS)('%s: the bytes of the view, and none beside it', (kind) => {
    for (const [offset, length] of [
      [0, 8],
      [8, 16],
      [16, 256],
      [16, 264],
      [8, 70_000],
    ] as const) {
      const buffer = new ArrayBuffer(offset + length + 8)
      const whole = make(kind, buffer)
      const size = (whole as Uint8Array).BYTES_PER_ELEMENT ?? 1
      const view = make(kind, buffer, offset, length / size)
      expect(drawsFrom(new ScriptedSource(script(length))).fill(view)).toBe(view)
      // As one value: a diff of 70,000 entries takes minutes.
      const expected = Buffer.concat([Buffer.alloc(offset), Buffer.from(script(length)), Buffer.alloc(8)])
      expect(expected.equals(new Uint8Array(buffer))).toBe(true)
    }
  })

  test('Buffer, shared memory, and a view of another realm', () => {
    const pooled = Buffer.from('sixteen bytes...')
    expect(drawsFrom(new ScriptedSource(script(16))).fill(pooled)).toBe(pooled)
    expect([...pooled]).toEqual(script(16))
    const shared = new Uint8Array(new SharedArrayBuffer(300))
    expect([...drawsFrom(new ScriptedSource(script(300))).fill(shared)]).toEqual(script(300))
    const foreign = runInNewContext('new Uint16Array(4)')
    drawsFrom(new ScriptedSource(script(8))).fill(foreign)
    expect([...new Uint8Array(foreign.buffer)]).toEqual(script(8))
  })

  test('a class that lies about its bytes', () => {
    const elsewhere = new ArrayBuffer(64)
    class Liar extends Uint8Array {
      override get length(): never {
        throw new Error('length was called')
      }
      override get byteLength(): number {
        return 3 as never
      }
      override get byteOffset(): number {
        return 1 as never
      }
      override get buffer(): never {
        return elsewhere as never
      }
      override get [Symbol.toStringTag](): never {
        return 'DataView' as never
      }
    }
    const buffer = new ArrayBuffer(16)
    drawsFrom(new ScriptedSource(script(8))).fill(new Liar(buffer, 4, 8))
    expect([...new Uint8Array(buffer)]).toEqual([0, 0, 0, 0, ...script(8), 0, 0, 0, 0])
    expect(new Uint8Array(elsewhere)).toEqual(new Uint8Array(64))
  })

  test('a detached buffer is refused', () => {
    for (const kind of KINDS) {
      const view = make(kind, new ArrayBuffer(64))
      structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] })
      const source = new ScriptedSource()
      expect(() => drawsFrom(source).fill(view)).toThrow('"view" expected a view on an attached buffer')
      expect(source.draws).toBe(0)
    }
  })

  test('a resizable buffer: as long as the view is now', () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 600 })
    const tracking = new Uint8Array(buffer)
    const fixed = new Uint8Array(buffer, 4, 4)
    buffer.resize(600)
    expect([...drawsFrom(new ScriptedSource(script(600))).fill(tracking)]).toEqual(script(600))
    buffer.resize(4)
    drawsFrom(new ScriptedSource([9, 9, 9, 9])).fill(tracking)
    expect([...tracking]).toEqual([9, 9, 9, 9])
    expect(() => drawsFrom(new ScriptedSource(script(8))).fill(fixed)).toThrow(/^"view" expected .+ out of bounds$/)
    expect([...tracking]).toEqual([9, 9, 9, 9])
  })

  test('without entropy the view stays as it was', () => {
    for (const length of [1, 8, 16, 256, 257, 1000, 70_000]) {
      const source = new FailingSource()
      const view = new Uint8Array(length).fill(5)
      expect(() => drawsFrom(source).fill(view)).toThrow(source.error)
      expect(view.every((byte) => byte === 5)).toBe(true)
    }
  })

  test('what failed leaves nothing behind for the next', () => {
    expect(() => drawsFrom(new FailingSource()).fill(new Uint8Array(64))).toThrow()
    expect([...drawsFrom(new ScriptedSource([1, 2])).fill(new Uint8Array(4))]).toEqual([1, 2, 0, 0])
  })

  test('a source that draws itself while it is asked does not mix up the bytes', () => {
    // The small scratches are shared by all generators: whoever is asked last must not see the first one's bytes.
    const inner = createRandom()
    const outer = createRandom({
      entropy: (length) => {
        inner.fill(new Uint8Array(64))
        inner.int(6)
        inner.uuid()
        return inner(length)
      },
    })
    const views = Array.from({ length: 300 }, () => outer.fill(new Uint8Array(200)))
    expect(views.every((view) => view.some((byte) => byte !== 0))).toBe(true)
    expect(new Set(views.map(String)).size).toBe(views.length)
  })
})
