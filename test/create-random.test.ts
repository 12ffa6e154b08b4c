import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512, sha512_256 } from '@noble/hashes/sha2.js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemEntropy } from '../src/entropy/system.ts'
import { atfork, createRandom, EntropyError, type RandomOptions } from '../src/index.ts'
import { blocks, repeatedBlocks } from './support/blocks.ts'

/** The identity has the clocks in it, as they were at import: no fake clock of a test stops them. */
const identityStill = vi.hoisted(() => ({ on: false }))
vi.mock('../src/lifecycle/identity.ts', async (original) => {
  const real = await original<typeof import('../src/lifecycle/identity.ts')>()
  return { ...real, identity: () => (identityStill.on ? new Uint8Array(80) : real.identity()) }
})

const NAMES = ['hash', 'personalization', 'entropy', 'maxAge', 'expand', 'onFork'] as const

describe('bad options', () => {
  const NOT_OBJECTS = [[], new Uint8Array(32), null, 5, 'aes', true, 5n, Symbol('a'), () => ({})]
  const BAD: Record<(typeof NAMES)[number], { kinds: unknown[]; values: unknown[] }> = {
    hash: { kinds: ['sha256', 5, {}, () => 5, sha256(new Uint8Array(0))], values: [] },
    personalization: { kinds: ['tag', 5, {}, [1], new Uint16Array(2), new DataView(new ArrayBuffer(4))], values: [] },
    entropy: { kinds: ['/dev/random', {}, new Uint8Array(32), 5], values: [] },
    maxAge: {
      kinds: ['10', 10n, true, {}, [10], new Number(10), new Date(10)],
      values: [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53],
    },
    expand: { kinds: [5, true, {}, ['aes'], new String('aes')], values: ['', 'AES', 'aes ', 'ctr'] },
    onFork: { kinds: [5, true, {}, () => 5], values: ['', 'ignore', 'Throw'] },
  }

  test('options that are no object', () => {
    for (const options of NOT_OBJECTS)
      expect(() => createRandom(options as never)).toThrow(/^"options" expected an object, got /)
    createRandom(undefined)
    createRandom({})
    createRandom(Object.create(null))
  })

  test.each(NAMES)('%s', (name) => {
    for (const [list, Kind] of [
      [BAD[name].kinds, TypeError],
      [BAD[name].values, RangeError],
    ] as const)
      for (const value of list) {
        const call = (): unknown => createRandom({ [name]: value } as never)
        expect(call).toThrow(Kind)
        expect(call).toThrow(new RegExp(`^"${name}" expected .+, got .+$`))
      }
  })

  test('undefined is as good as nothing', () => {
    for (const name of NAMES) expect(createRandom({ [name]: undefined } as never)(8)).toHaveLength(8)
  })

  test('null is not', () => {
    for (const name of NAMES)
      expect(() => createRandom({ [name]: null } as never)).toThrow(/^"\w+" expected .+, got null$/)
  })

  test('a good one of each', () => {
    const generator = createRandom({
      hash: sha512,
      personalization: Buffer.from('tag'),
      entropy: (length) => new Uint8Array(length),
      maxAge: 2 ** 31 - 1,
      expand: 'hmac',
      onFork: 'remix',
    })
    expect(generator(100)).toHaveLength(100)
  })

  test('a hash that is not what it looks like fails at the first draw, and hands out nothing', () => {
    const lying = Object.assign((message: Uint8Array) => sha256(message), sha256, { create: () => sha512_256.create() })
    const generator = createRandom({ hash: lying as never })
    for (let i = 0; i < 2; i++)
      expect(() => generator(16)).toThrow(expect.objectContaining({ code: 'ERR_DRBG_SELF_TEST' }))
  })
})

describe('inherited options are none', () => {
  const entropy = vi.fn((length: number) => new Uint8Array(length))
  const polluted = { hash: 'x', personalization: 'x', entropy, maxAge: -1, expand: 'x', onFork: 'x' }
  const pollute = (): void => {
    for (const [name, value] of Object.entries(polluted))
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
  }
  afterEach(() => {
    for (const name of NAMES) delete (Object.prototype as Record<string, unknown>)[name]
  })

  test('of Object.prototype', () => {
    pollute()
    expect(({} as RandomOptions).maxAge).toBe(-1) // control
    for (const options of [undefined, {}, { maxAge: 5 }, { expand: 'hmac' } as const]) {
      const generator = createRandom(options)
      for (const length of [1, 16, 1000]) expect(generator(length)).toHaveLength(length)
      expect(() => atfork()).not.toThrow()
      generator.reseed()
    }
    expect(entropy).not.toHaveBeenCalled()
  })

  test('of a prototype of their own', () => {
    const generator = createRandom(Object.create(polluted))
    expect(generator(16)).toHaveLength(16)
    expect(entropy).not.toHaveBeenCalled()
    expect(() => createRandom({ ...polluted } as never)).toThrow(/^"\w+" expected /) // control: its own
  })
})

describe('hash and personalization', () => {
  test('each hash draws', () => {
    for (const hash of [sha1, sha256, sha512])
      for (const expand of ['aes', 'hmac'] as const)
        expect(repeatedBlocks([createRandom({ hash, expand })(256), createRandom({ hash, expand })(256)])).toBe(0)
  })

  test('personalization is read at once, and copied', () => {
    // All else is held still: the kernel and the clocks. What is left is the personalization string.
    const first = (personalization: Uint8Array, change?: (bytes: Uint8Array) => void): string => {
      const generator = createRandom({ personalization, maxAge: 1000 })
      change?.(personalization)
      return still(() => Buffer.from(generator(16)).toString('hex'))
    }
    const tag = first(Buffer.from('tag'))
    expect(first(Buffer.from('tag'))).toBe(tag) // control: it is still
    expect(first(Buffer.from('gat'))).not.toBe(tag)
    expect(first(Buffer.from('xtagx').subarray(1, 4))).toBe(tag)
    expect(first(Buffer.from('tag'), (bytes) => bytes.fill(0))).toBe(tag)
  })

  /** Calls `f` with a kernel that gives zeros, and clocks that stand. */
  function still<Value>(f: () => Value): Value {
    const spies = [
      vi.spyOn(systemEntropy, 'read').mockImplementation((out, start, length) => {
        out.fill(0, start, start + length)
      }),
      vi.spyOn(Date, 'now').mockReturnValue(5),
    ]
    identityStill.on = true
    try {
      return f()
    } finally {
      identityStill.on = false
      for (const spy of spies) spy.mockRestore()
    }
  }
})

describe('entropy: a source of one’s own', () => {
  const calls: unknown[][] = []
  beforeEach(() => {
    calls.length = 0
  })
  const zeros = (...args: [number]): Uint8Array => {
    calls.push(args)
    return new Uint8Array(args[0])
  }

  test('is asked for 32 bytes at each refill, not at each draw and not before the first', () => {
    const generator = createRandom({ entropy: zeros })
    expect(calls).toEqual([])
    generator(16)
    generator(16)
    expect(calls).toEqual([[32]])
    generator.reseed()
    generator(16)
    expect(calls).toEqual([[32], [32]])
    atfork()
    generator(16)
    expect(calls).toEqual([[32], [32], [32]])
    // A pool of 32 KiB is used up, by draws of 256 bytes, after 128 of them.
    for (let i = 0; i < 128; i++) generator(256)
    expect(calls).toHaveLength(4)
  })

  test('it never replaces the kernel: the same bytes of it give other draws', () => {
    const outputs = Array.from({ length: 100 }, () => createRandom({ entropy: zeros, maxAge: 1000 })(64))
    expect(repeatedBlocks(outputs)).toBe(0)
    expect(repeatedBlocks([...outputs, outputs[0] as Uint8Array])).toBe(8) // control
  })

  test('more than was asked for is taken, less is refused, and so is anything else', () => {
    for (const length of [32, 33, 48, 1000, 70_000])
      expect(createRandom({ entropy: () => new Uint8Array(length) })(16)).toHaveLength(16)
    for (const length of [0, 31])
      expect(() => createRandom({ entropy: () => new Uint8Array(length) })(16)).toThrow(
        /^"entropy\(\)" expected 32 to \d+ bytes, got a view of (0|31) bytes$/,
      )
    const others = [undefined, null, 'x'.repeat(32), new ArrayBuffer(32), new Uint32Array(32), Promise.resolve(), 5]
    for (const value of others)
      expect(() => createRandom({ entropy: () => value as never })(16)).toThrow(/^"entropy\(\)" expected a Uint8Array/)
  })

  test('what it gives is not kept or changed', () => {
    const own = new Uint8Array(32).fill(7)
    const generator = createRandom({ entropy: () => own })
    generator(16)
    expect(own).toEqual(new Uint8Array(32).fill(7))
  })

  test('its error comes out of the draw, untouched, and the next draw works again', () => {
    const error = new Error('my source')
    let broken = true
    const generator = createRandom({
      entropy: (length) => {
        if (broken) throw error
        return zeros(length)
      },
    })
    const caught: unknown[] = []
    for (const draw of [
      () => generator(16),
      () => generator.int(6),
      () => generator.uuidv7(),
      () => generator.reseed(),
    ])
      try {
        draw()
      } catch (thrown) {
        caught.push(thrown)
      }
    expect(caught).toEqual([error, error, error, error])
    expect(caught.every((thrown) => thrown === error)).toBe(true)
    broken = false
    expect(generator(16)).toHaveLength(16)
    expect(calls).toHaveLength(1)
    broken = true
    expect(generator(16)).toHaveLength(16) // no refill is due
    expect(() => generator.reseed()).toThrow(error)
    atfork()
    expect(() => generator(16)).toThrow(error)
    broken = false
    expect(generator(16)).toHaveLength(16)
  })

  test('drawing from the generator itself works, and ends', () => {
    let depth = 0
    let deepest = 0
    let inner: Uint8Array[] = []
    const generator = createRandom({
      entropy: (length) => {
        depth++
        deepest = Math.max(deepest, depth)
        inner.push(generator(16), generator(1000), generator(length))
        generator.int(6)
        generator.uuid()
        generator.reseed()
        depth--
        return inner.at(-1) as Uint8Array
      },
    })
    const outer = [generator(16), generator.bytes(256), generator.bytes(70_000)]
    atfork()
    outer.push(generator(16))
    expect(deepest).toBe(1)
    expect(inner).toHaveLength(6)
    expect(repeatedBlocks([...outer, ...inner])).toBe(0)
    inner = []
    for (let i = 0; i < 300; i++) outer.push(generator(256))
    expect(inner.length).toBeGreaterThan(0)
    expect(repeatedBlocks([...outer, ...inner])).toBe(0)
  })

  test('atfork() from within works, and ends', () => {
    let events = 0
    const generator = createRandom({
      entropy: (length) => {
        events++
        atfork()
        return new Uint8Array(length)
      },
    })
    expect(generator(16)).toHaveLength(16)
    expect(events).toBe(1)
    expect(generator(16)).toHaveLength(16)
    expect(events).toBe(1)
  })
})

describe('maxAge', () => {
  let now = 0
  let refills = 0
  beforeEach(() => {
    now = 1_700_000_000_000
    refills = 0
    vi.spyOn(Date, 'now').mockImplementation(() => now)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  const aged = (maxAge: number): ReturnType<typeof createRandom> =>
    createRandom({
      maxAge,
      entropy: (length) => {
        refills++
        return new Uint8Array(length)
      },
    })

  test('a pool of that age is refilled, a younger one is not', () => {
    const generator = aged(1000)
    generator(16)
    expect(refills).toBe(1)
    now += 999
    generator(16)
    expect(refills).toBe(1)
    now += 1
    generator(16)
    expect(refills).toBe(2)
    now += 999 // from the last refill on
    generator(16)
    generator.int(6)
    generator(1000)
    expect(refills).toBe(2)
    now += 1
    generator(1000)
    expect(refills).toBe(3)
  })

  test('when the clock goes back the age is unknown: it is refilled', () => {
    const generator = aged(1000)
    generator(16)
    now -= 1
    generator(16)
    expect(refills).toBe(2)
    generator(16)
    expect(refills).toBe(2)
    now -= 3_600_000
    generator(16)
    expect(refills).toBe(3)
  })

  test('control: with maxAge 0 time is no reason', () => {
    const generator = aged(0)
    generator(16)
    now += 3_600_000
    generator(16)
    now -= 7_200_000
    generator(16)
    expect(refills).toBe(1)
  })

  test('the kernel is asked at each draw, or at each refill', () => {
    const read = vi.spyOn(systemEntropy, 'read')
    const [fresh, kept] = [createRandom(), createRandom({ maxAge: 1000 })]
    fresh(16)
    kept(16)
    read.mockClear()
    for (let i = 0; i < 10; i++) kept(16)
    expect(read).toHaveBeenCalledTimes(0)
    for (let i = 0; i < 10; i++) fresh(16)
    expect(read).toHaveBeenCalledTimes(10)
  })

  test('atfork() and a dead kernel source: fail closed, and then go on', () => {
    const generator = aged(1000)
    generator(16)
    const read = vi.spyOn(systemEntropy, 'read').mockImplementation(() => {
      throw new EntropyError('ERR_ENTROPY_SOURCE_UNREADABLE', 'test')
    })
    expect(generator(16)).toHaveLength(16) // young enough
    now += 1000
    expect(() => generator(16)).toThrow(EntropyError)
    now -= 1000
    atfork()
    expect(() => generator(16)).toThrow(EntropyError)
    read.mockRestore()
    expect(generator(16)).toHaveLength(16)
  })
})

describe('expand', () => {
  const SIZES = [0, 1, 7, 8, 255, 256, 257, 65_536, 65_537, 200_000]
  const CONFIGURATIONS: RandomOptions[] = [
    { expand: 'aes' },
    { expand: 'hmac' },
    { expand: 'aes', maxAge: 60_000 },
    { expand: 'hmac', maxAge: 60_000 },
  ]

  test.each(CONFIGURATIONS)('$expand, maxAge $maxAge: all sizes, and no block of 8 bytes twice', (options) => {
    // Four configurations of twice some 41,500 blocks each: 83,000² / 2^65 · 4 < 2^-30 for a false alarm.
    const generator = createRandom(options)
    const outputs = [...SIZES, ...SIZES.toReversed()].map((length) => generator(length))
    expect(outputs.map((output) => output.length)).toEqual([...SIZES, ...SIZES.toReversed()])
    expect(repeatedBlocks(outputs)).toBe(0)
    const all = outputs.flatMap(blocks).length
    expect(all).toBeGreaterThan(80_000)
    expect(repeatedBlocks([...outputs, ...outputs])).toBe(all) // control
  })

  test.each(CONFIGURATIONS)('$expand, maxAge $maxAge: every byte of a large draw is written', (options) => {
    // A byte that is 0 in 16 draws is 0 by chance with probability 2^-128: 2^-110 for all of them.
    const generator = createRandom(options)
    const written = new Uint8Array(200_000)
    for (let i = 0; i < 16 && written.includes(0); i++)
      generator(200_000).forEach((byte, at) => {
        written[at] = (written[at] as number) | byte
      })
    expect(written.includes(0)).toBe(false)
  })
})

test('generators share no state', () => {
  const generators = Array.from({ length: 200 }, () => createRandom({ maxAge: 60_000 }))
  expect(repeatedBlocks(generators.map((generator) => generator(256)))).toBe(0)
})

test('onFork: after a copy, remix goes on and throw does not', () => {
  const [remix, throws] = [createRandom(), createRandom({ onFork: 'throw' })]
  remix(16)
  throws(16)
  atfork()
  expect(remix(16)).toHaveLength(16)
  expect(() => throws(16)).toThrow("made with onFork: 'throw'")
  expect(() => throws.int(6)).toThrow("made with onFork: 'throw'")
  throws.reseed()
  expect(throws(16)).toHaveLength(16)
})
