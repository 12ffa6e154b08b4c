/** HmacDrbg beyond the vectors: another implementation, failed calls, and what is left after wipe(). */
import { createRequire } from 'node:module'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { createHasher } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type DrbgHash, type GenerateOptions, HmacDrbg, type HmacDrbgOptions } from '../../src/drbg/hmac-drbg.ts'
import { DrbgError } from '../../src/errors.ts'

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value)
const make = (more: Partial<HmacDrbgOptions> = {}): HmacDrbg =>
  new HmacDrbg({ entropy: bytes(32, 1), nonce: bytes(16, 2), personalization: bytes(5, 3), ...more })

/** What can be seen of a state: outputs before and after a reseed. */
function expectTwins(drbg: HmacDrbg, twin: HmacDrbg): void {
  expect(drbg.generate(100)).toEqual(twin.generate(100))
  drbg.reseed(bytes(32, 4))
  twin.reseed(bytes(32, 4))
  expect(drbg.generate(33, { additionalInput: bytes(7) })).toEqual(twin.generate(33, { additionalInput: bytes(7) }))
}

describe('agrees with the npm package hmac-drbg', () => {
  interface Other {
    generate(length: number, additionalInput?: number[]): number[]
    reseed(entropy: number[], additionalInput?: number[]): void
  }
  // Neither of the two has types. hash.js comes with hmac-drbg.
  const require = createRequire(import.meta.url)
  const Other = require('hmac-drbg') as new (options: Record<string, unknown>) => Other
  const hashes = createRequire(require.resolve('hmac-drbg'))('hash.js') as Record<string, unknown>

  const input = fc.option(fc.uint8Array({ maxLength: 150 }), { nil: undefined })
  const entropy = fc.uint8Array({ minLength: 32, maxLength: 150 })
  const step = fc.oneof(
    fc.record({ reseed: entropy, additionalInput: input }),
    fc.record({ generate: fc.integer({ min: 0, max: 300 }), additionalInput: input }),
    fc.record({ generate: fc.integer({ min: 0, max: 300 }), additionalInput: input, fresh: entropy }),
  )
  // hmac-drbg takes an empty array for an input that was given; for the standard it is none (§10.1.2.2, step 3).
  const array = (view: Uint8Array | undefined): number[] | undefined => (view?.length ? [...view] : undefined)

  test.each(Object.entries({ sha1, sha224, sha256, sha384, sha512 }))('%s', (name, hash) => {
    const nonce = fc.uint8Array({ minLength: 16, maxLength: 100 })
    const run = fc.property(entropy, nonce, input, fc.array(step, { maxLength: 8 }), (seed, nonce, pers, steps) => {
      const ours = new HmacDrbg({ hash, entropy: seed, nonce, ...(pers && { personalization: pers }) })
      const theirs = new Other({ hash: hashes[name], entropy: [...seed], nonce: [...nonce], pers: array(pers) ?? [] })
      const both = (length: number, input: Uint8Array | undefined, options?: GenerateOptions): void =>
        expect([...ours.generate(length, options)]).toEqual(theirs.generate(length, array(input)))
      for (const { additionalInput, ...call } of steps) {
        const options = additionalInput && { additionalInput }
        if ('reseed' in call) {
          ours.reseed(call.reseed, additionalInput)
          theirs.reseed([...call.reseed], array(additionalInput))
        } else if ('fresh' in call) {
          // §9.3.1, step 7: prediction resistance is a reseed, which takes the additional input.
          theirs.reseed([...call.fresh], array(additionalInput))
          both(call.generate, undefined, { ...options, entropy: call.fresh })
        } else both(call.generate, additionalInput, options)
      }
      both(48, undefined)
    })
    fc.assert(run, { numRuns: 40 })
  })
})

/** Claims 2^33 bytes, or as few as it likes; what it has is another matter. */
class Liar extends Uint8Array<ArrayBuffer> {
  claim = 2 ** 33
  override get length(): number {
    return this.claim
  }
  override get byteLength(): number {
    return this.claim
  }
}
const detached = new Uint8Array(64)
structuredClone(detached, { transfer: [detached.buffer] })

const NOT_BYTES: unknown[] = ['a'.repeat(64), 64, 64n, true, {}, Array(64).fill(1), new ArrayBuffer(64), detached]
NOT_BYTES.push(new DataView(new ArrayBuffer(64)), new Uint16Array(64), new Uint8ClampedArray(64), () => bytes(64))
const NOT_ENTROPY: unknown[] = [
  ...NOT_BYTES,
  null,
  bytes(0),
  bytes(31),
  new Liar(new ArrayBuffer(31)),
  Buffer.alloc(31),
]

type Call = [name: string, call: (drbg: HmacDrbg) => unknown]
const generate = (length: unknown, options?: unknown): Call => [
  `generate(${typeof length} ${String(length)}, …)`,
  (drbg) => drbg.generate(length as number, options as GenerateOptions),
]
const reseed = (...args: unknown[]): Call => [
  `reseed(${args.length})`,
  (drbg) => drbg.reseed(...(args as [Uint8Array])),
]
const BAD: Call[] = [
  ...[-1, 65537, 2 ** 53, 1.5, Number.NaN, Infinity, -Infinity].map((length) => generate(length)),
  ...['32', 32n, null, undefined, true, {}, [32], { valueOf: () => 32 }].map((length) => generate(length)),
  ...[null, 'x', 5, true, () => 0].map((options) => generate(8, options)),
  ...NOT_BYTES.map((additionalInput) => generate(8, { additionalInput })),
  ...NOT_BYTES.map((additionalInput) => generate(8, { additionalInput, entropy: bytes(32) })),
  ...NOT_ENTROPY.map((entropy) => generate(8, { additionalInput: bytes(8), entropy })),
  ...[undefined, ...NOT_ENTROPY].map((entropy) => reseed(entropy)),
  ...[null, ...NOT_BYTES].map((additionalInput) => reseed(bytes(32), additionalInput)),
]

/** `"label" expected X, got Y`: TypeError for the kind, RangeError for the value. */
function expectRefusal(call: () => unknown): void {
  let error: unknown
  try {
    call()
  } catch (thrown) {
    error = thrown
  }
  expect([TypeError, RangeError]).toContain((error as Error | undefined)?.constructor)
  expect((error as Error).message).toMatch(/^"(options|length|entropy|nonce|personalization|additionalInput|hash)" /)
  expect((error as Error).message).toMatch(/" expected .+, got .+/)
}

describe('a failed call leaves the state as it was', () => {
  test.each(BAD)('%s', (_name, call) => {
    const drbg = make()
    const twin = make()
    drbg.generate(8)
    twin.generate(8)
    expectRefusal(() => call(drbg))
    expectTwins(drbg, twin)
  })

  test('control: the shortest call that succeeds changes it', () => {
    const drbg = make()
    drbg.generate(0)
    expect(drbg.generate(32)).not.toEqual(make().generate(32))
  })

  test('the constructor refuses arguments of the wrong kind or length', () => {
    for (const value of NOT_ENTROPY) expectRefusal(() => make({ entropy: value as Uint8Array }))
    for (const value of [...NOT_BYTES, null, bytes(0), bytes(15), new Liar(new ArrayBuffer(15))])
      expectRefusal(() => make({ nonce: value as Uint8Array }))
    for (const value of NOT_BYTES) expectRefusal(() => make({ personalization: value as Uint8Array }))
    for (const options of [undefined, null, 'x', 5]) expectRefusal(() => new HmacDrbg(options as never))
    for (const hash of ['sha256', {}, 5, () => bytes(32), sha256.create()])
      expectRefusal(() => make({ hash: hash as DrbgHash }))
  })

  test('a hash has a way to make it, and both lengths', () => {
    const full = { create: sha256.create, outputLen: 32, blockLen: 64 }
    for (const lacking of ['create', 'outputLen', 'blockLen'] as const) {
      const hash = Object.assign(() => bytes(32), full, { [lacking]: undefined }) as never
      expect(() => make({ hash })).toThrow(/^"hash" expected a hash function of @noble\/hashes/)
    }
    make({ hash: Object.assign(() => bytes(32), full) as never })
  })

  test('lengths are those of the buffer, whatever a subclass claims', () => {
    const claimsLess = Object.assign(new Liar(new ArrayBuffer(32)), { claim: 0 })
    expect(make({ entropy: claimsLess }).generate(32)).toEqual(make({ entropy: bytes(32, 0) }).generate(32))
  })

  test('inherited options count for nothing', () => {
    const polluted = Object.create({ additionalInput: bytes(8), entropy: bytes(32) }) as GenerateOptions
    expect(make().generate(32, polluted)).toEqual(make().generate(32))
  })
})

/** SHA-2 that calls `tick` before each step and keeps what is not destroyed in `live`. */
function ticking(hash: DrbgHash, tick: () => void, live: Set<unknown> = new Set()): DrbgHash {
  const Base = hash.create().constructor as new () => ReturnType<typeof sha256.create>
  class Ticking extends Base {
    override update(data: Uint8Array): this {
      tick()
      return super.update(data)
    }
    override digestInto(out: Uint8Array): void {
      tick()
      super.digestInto(out)
    }
    override _cloneInto(to?: Ticking): Ticking {
      tick()
      const clone = super._cloneInto(to) as Ticking
      live.add(clone)
      return clone
    }
    override destroy(): void {
      live.delete(this)
      super.destroy()
    }
  }
  return createHasher(() => {
    tick()
    const made = new Ticking()
    live.add(made)
    return made
  })
}

const CALLS: Call[] = [
  ['generate', (drbg) => drbg.generate(80)],
  ['generate, additional input', (drbg) => drbg.generate(80, { additionalInput: bytes(9) })],
  ['generate, entropy', (drbg) => drbg.generate(80, { additionalInput: bytes(9), entropy: bytes(32) })],
  ['reseed', (drbg) => drbg.reseed(bytes(32), bytes(9))],
]

describe('a hash that throws at any step leaves the state as it was', () => {
  test.each(CALLS)('%s', (_name, call) => {
    let fuse = Infinity
    let ticks = 0
    const hash = ticking(sha256, () => {
      ticks++
      if (ticks > fuse) throw new Error('blown')
    })
    const drbg = make({ hash })
    const twin = make()
    // How many steps there are to fail at.
    ticks = 0
    call(drbg)
    const steps = ticks
    call(twin)
    expect(steps).toBeGreaterThan(20)
    for (let step = 0; step < steps; step++) {
      ticks = 0
      fuse = step
      expect(() => call(drbg)).toThrow('blown')
      fuse = Infinity
      expectTwins(drbg, twin)
    }
    // Control: the same call that does not fail changes it.
    call(drbg)
    expect(drbg.generate(32)).not.toEqual(twin.generate(32))
  })
})

/** HmacDrbg of a module graph of its own, all buffers that it makes, and those of them that hold a secret. */
async function recorded(): Promise<{ Drbg: typeof HmacDrbg; made: Uint8Array[]; secrets: () => Uint8Array[] }> {
  const made: Uint8Array[] = []
  vi.resetModules()
  vi.doMock('../../src/bytes.ts', async (original) => ({
    ...(await original<typeof import('../../src/bytes.ts')>()),
    offHeap(length: number) {
      made.push(new Uint8Array(length))
      return made.at(-1)
    },
  }))
  const { HmacDrbg: Drbg } = await import('../../src/drbg/hmac-drbg.ts')
  vi.doUnmock('../../src/bytes.ts')
  new Drbg({ entropy: bytes(32), nonce: bytes(16) }).wipe() // the self-test has run; its values are public
  made.length = 0
  // 0x01 01…01 is the V that every instance starts from: no secret.
  return { Drbg, made, secrets: () => made.filter((buffer) => buffer.some((byte) => byte > 1)) }
}

describe('wipe', () => {
  test.each<Call>([
    ['generate', (drbg) => drbg.generate(1)],
    ['generate nothing', (drbg) => drbg.generate(0)],
    ['generate with entropy', (drbg) => drbg.generate(1, { entropy: bytes(32) })],
    ['reseed', (drbg) => drbg.reseed(bytes(32))],
  ])('%s throws ERR_DRBG_WIPED after it, each time', (_name, call) => {
    const drbg = make()
    call(drbg)
    drbg.wipe()
    drbg.wipe()
    for (let time = 0; time < 2; time++) {
      expect(() => call(drbg)).toThrow(DrbgError)
      const message = 'this HmacDrbg was wiped: make a new one from fresh entropy'
      expect(() => call(drbg)).toThrow(expect.objectContaining({ code: 'ERR_DRBG_WIPED', message }))
    }
    drbg.wipe()
  })

  test('leaves no buffer with a key, V or output in it', async () => {
    const { Drbg, made, secrets } = await recorded()
    const drbg = new Drbg({ entropy: bytes(32), nonce: bytes(16) })
    drbg.reseed(bytes(32), bytes(9))
    const outputs = [drbg.generate(100), drbg.generate(100, { additionalInput: bytes(9), entropy: bytes(32) })]
    expect(made.length).toBeGreaterThan(10)
    // K and V of the state, and what is the caller's.
    expect(secrets()).toHaveLength(2 + outputs.length)
    drbg.wipe()
    expect(secrets()).toEqual(outputs)
  })

  test('no hash holds a key between two calls', () => {
    const live = new Set<unknown>()
    const hash = ticking(sha256, () => {}, live)
    make({ hash }).wipe()
    live.clear()
    const drbg = make({ hash })
    // The one that has not been given anything.
    expect(live.size).toBe(1)
    const calls = [
      () => drbg.reseed(bytes(32), bytes(9)),
      () => drbg.generate(100),
      () => drbg.generate(100, { additionalInput: bytes(9), entropy: bytes(32) }),
    ]
    for (const call of calls) {
      call()
      expect(live.size).toBe(1)
    }
  })

  test.each(CALLS)('a %s that fails leaves none but K and V, at whatever step', async (_name, call) => {
    const { Drbg, made, secrets } = await recorded()
    const live = new Set<unknown>()
    let fuse = Infinity
    const tick = (): void => {
      if (fuse-- <= 0) throw new Error('blown')
    }
    const options = { entropy: bytes(32), nonce: bytes(16), hash: ticking(sha256, tick, live) }
    new Drbg(options).wipe() // its self-test
    made.length = 0
    const drbg = new Drbg(options)
    live.clear()
    let failed = 0
    for (let step = 0; failed === step; step++) {
      fuse = step
      try {
        call(drbg)
      } catch {
        failed++
        expect(secrets()).toHaveLength(2)
        expect(live.size).toBe(0)
      }
    }
    expect(failed).toBeGreaterThan(20)
  })
})
