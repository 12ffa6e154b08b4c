import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import {
  checkBytes,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkView,
  option,
  wrongKind,
  wrongValue,
} from '../src/checks.ts'

const detached = (): Uint16Array => {
  const view = new Uint16Array(4)
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

describe('wording', () => {
  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [-0, '-0'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [5n, '5n'],
    [-5n, '-5n'],
    [10n ** 100n, 'a bigint of over 40 digits'],
    [true, 'true'],
    ['', 'a string of length 0'],
    ['secret', 'a string of length 6'],
    [Symbol('secret'), 'symbol'],
    [() => 5, 'function'],
    [class {}, 'function'],
    [['secret'], 'an array'],
    [{ secret: 1 }, 'an object'],
    [new Map(), 'an object'],
    [new ArrayBuffer(8), 'an object'],
    [Buffer.from('secret'), 'a view of 6 bytes'],
    [new Float64Array(2), 'a view of 16 bytes'],
    [new DataView(new ArrayBuffer(8), 2), 'a view of 6 bytes'],
  ])('%o', (value, got) => {
    expect(wrongKind('label', 'something', value)).toEqual(new TypeError(`"label" expected something, got ${got}`))
    expect(wrongValue('label', 'something', value)).toEqual(new RangeError(`"label" expected something, got ${got}`))
  })

  test('a detached view is described, too', () => {
    expect(wrongKind('max', 'a number', detached()).message).toMatch(/^"max" expected a number, got a/)
    expect(() => checkBytes('seed', detached())).toThrow(/^"seed" expected a Uint8Array, got a/)
  })

  test('and so is a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(wrongKind('max', 'a number', proxy).message).toMatch(/^"max" expected a number, got an object/)
  })
})

describe('checkInteger', () => {
  test('both ends are included', () => {
    for (const value of [-3, -0, 0, 5]) expect(checkInteger('n', value, -3, 5)).toBe(value)
    for (const value of [-4, 6, 0.5, NaN, Infinity])
      expect(() => checkInteger('n', value, -3, 5)).toThrow(
        new RangeError(`"n" expected an integer from -3 to 5, got ${value}`),
      )
    for (const value of ['3', 3n, null, undefined, new Number(3)])
      expect(() => checkInteger('n', value, -3, 5)).toThrow(TypeError)
  })
})

describe('checkBytes and checkView', () => {
  test('the same bytes, not a copy', () => {
    const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer
    const view = new Uint8Array(buffer, 2, 4)
    const checked = checkBytes('b', view)
    expect([...checked]).toEqual([3, 4, 5, 6])
    checked[0] = 9
    expect(view[0]).toBe(9)
    expect([...checkView('b', new DataView(buffer, 6))]).toEqual([7, 8])
  })

  test('only a Uint8Array is bytes, of whatever class or realm', () => {
    expect(checkBytes('b', Buffer.from('abc')).length).toBe(3)
    expect(checkBytes('b', runInNewContext('Uint8Array.of(1, 2)')).length).toBe(2)
    const pretender = Object.defineProperty(new Uint16Array(2), Symbol.toStringTag, { value: 'Uint8Array' })
    const others = [new Uint8ClampedArray(2), new Int8Array(2), new DataView(new ArrayBuffer(2)), pretender]
    for (const value of [...others, [1, 2], 'ab', new ArrayBuffer(2), Object.create(Uint8Array.prototype), null])
      expect(() => checkBytes('b', value)).toThrow(/^"b" expected a Uint8Array, got /)
  })

  test('min and max are included', () => {
    for (const length of [2, 3]) expect(checkBytes('b', new Uint8Array(length), 2, 3).length).toBe(length)
    for (const length of [1, 4])
      expect(() => checkBytes('b', new Uint8Array(length), 2, 3)).toThrow(
        new RangeError(`"b" expected 2 to 3 bytes, got a view of ${length} bytes`),
      )
    expect(() => checkBytes('b', new Uint8Array(4), 0, 3)).toThrow(
      '"b" expected at most 3 bytes, got a view of 4 bytes',
    )
  })

  test('shared memory is copied: another thread could change it between the check and the use', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(5)
    const checked = checkBytes('b', shared)
    shared.fill(6)
    expect([...checked]).toEqual([5, 5, 5, 5])
  })

  test('a subclass is not asked', () => {
    class Liar extends Uint8Array {
      override get length(): number {
        return 100
      }
      override get byteLength(): number {
        return 100
      }
      override get buffer(): never {
        throw new Error('was called')
      }
      static get [Symbol.species](): never {
        throw new Error('was called')
      }
    }
    expect(checkBytes('b', new Liar(4), 0, 4).length).toBe(4)
    expect(checkView('b', new Liar(4)).length).toBe(4)
    expect(() => checkBytes('b', new Liar(4), 5)).toThrow(RangeError)
  })

  const GONE = new TypeError('"b" expected a view on an attached buffer, got one that is detached or out of bounds')

  test('detached', () => {
    const view = new Uint8Array(8)
    const data = new DataView(new ArrayBuffer(8))
    structuredClone(0, { transfer: [view.buffer, data.buffer as ArrayBuffer] })
    for (const call of [() => checkView('b', view), () => checkBytes('b', view), () => checkView('b', data)])
      expect(call).toThrow(GONE)
  })

  test('out of bounds of a buffer that was resized: no empty seed', () => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 16 })
    const gone = [new Uint8Array(buffer, 4, 8), new Uint8Array(buffer, 8), new DataView(buffer, 8)]
    const there = [new Uint8Array(buffer, 4), new Uint8Array(buffer, 0, 4)]
    buffer.resize(4)
    for (const view of gone) expect(() => checkView('b', view)).toThrow(GONE)
    expect(() => checkBytes('b', gone[0])).toThrow(GONE)
    expect(there.map((view) => checkBytes('b', view).length)).toEqual([0, 4])
  })
})

test('checkOneOf', () => {
  expect(checkOneOf('expand', 'aes', ['aes', 'hmac'])).toBe('aes')
  expect(() => checkOneOf('expand', 'AES', ['aes', 'hmac'])).toThrow(
    new RangeError(`"expand" expected 'aes' or 'hmac', got another string`),
  )
  expect(() => checkOneOf('expand', new String('aes'), ['aes', 'hmac'])).toThrow(TypeError)
})

test('checkFunction', () => {
  const f = (): number => 5
  expect(checkFunction('hook', f)).toBe(f)
  expect(() => checkFunction('hook', {})).toThrow(new TypeError('"hook" expected a function, got an object'))
})

describe('options', () => {
  afterEach(() => {
    delete (Object.prototype as { maxAge?: number }).maxAge
  })

  test('an object or nothing', () => {
    const options = {}
    expect(checkOptions('options', options)).toBe(options)
    expect(checkOptions('options', undefined)).toBe(undefined)
    for (const value of [null, 5, 'a', true, () => 5, Symbol('a')])
      expect(() => checkOptions('options', value as never)).toThrow(/^"options" expected an object, got /)
  })

  test('its own properties alone', () => {
    ;(Object.prototype as { maxAge?: number }).maxAge = 1000
    const empty: { maxAge?: number } = {}
    expect(empty.maxAge).toBe(1000) // control
    expect(option(empty, 'maxAge', 7)).toBe(7)
    expect(option(Object.create({ maxAge: 5 }) as { maxAge?: number }, 'maxAge', 7)).toBe(7)
    expect(option(undefined as { maxAge?: number } | undefined, 'maxAge', 7)).toBe(7)
    expect(option({ maxAge: 5 }, 'maxAge', 7)).toBe(5)
    expect(option(Object.assign(Object.create(null), { maxAge: 6 }) as { maxAge?: number }, 'maxAge', 7)).toBe(6)
  })

  test('undefined stands for the default, and nothing else does', () => {
    const given = (maxAge: unknown): { maxAge?: unknown } => ({ maxAge })
    expect(option(given(undefined), 'maxAge', 7)).toBe(7)
    for (const value of [null, 0, '', false, NaN]) expect(option(given(value), 'maxAge', 7)).toBe(value)
  })
})
