/** The limits of SP 800-90A r1, Table 2. Those that nobody can reach in a test are made small first. */
import { sha256 } from '@noble/hashes/sha2.js'
import { createHasher } from '@noble/hashes/utils.js'
import { describe, expect, test, vi } from 'vitest'
import { type DrbgHash, HmacDrbg, type HmacDrbgOptions } from '../../src/drbg/hmac-drbg.ts'
import type { LIMITS } from '../../src/drbg/limits.ts'

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value)
const SEED: HmacDrbgOptions = { entropy: bytes(32), nonce: bytes(16) }

/** HmacDrbg of a module graph of its own, with other limits. */
async function limitedTo(limits: Partial<typeof LIMITS>): Promise<typeof HmacDrbg> {
  vi.resetModules()
  vi.doMock('../../src/drbg/limits.ts', async (original) => {
    const real = await original<typeof import('../../src/drbg/limits.ts')>()
    return { ...real, LIMITS: { ...real.LIMITS, ...limits } }
  })
  const fresh = await import('../../src/drbg/hmac-drbg.ts')
  vi.doUnmock('../../src/drbg/limits.ts')
  return fresh.HmacDrbg
}

test('are those of Table 2, in bytes, and frozen', () => {
  expect(HmacDrbg.limits).toEqual({
    maxLength: 2 ** 35 / 8,
    maxPersonalizationStringLength: 2 ** 35 / 8,
    maxAdditionalInputLength: 2 ** 35 / 8,
    maxBytesPerRequest: 2 ** 19 / 8,
    reseedInterval: 2 ** 48,
  })
  expect(HmacDrbg.limits).toSatisfy(Object.isFrozen)
})

test('a request is for at most 2^16 bytes', () => {
  const drbg = new HmacDrbg(SEED)
  const longest = drbg.generate(65536)
  expect(longest).toHaveLength(65536)
  // All of it was written: no 32 bytes of zeros at its end.
  expect(longest.subarray(-32).some((byte) => byte !== 0)).toBe(true)
  expect(() => drbg.generate(65537)).toThrow(new RangeError('"length" expected an integer from 0 to 65536, got 65537'))
})

test('each input has a longest length of its own', async () => {
  const Drbg = await limitedTo({
    maxLength: 40,
    maxPersonalizationStringLength: 41,
    maxAdditionalInputLength: 42,
    maxBytesPerRequest: 64,
  })
  const drbg = new Drbg({ entropy: bytes(40), nonce: bytes(40), personalization: bytes(41) })
  drbg.reseed(bytes(40), bytes(42))
  drbg.generate(64, { additionalInput: bytes(42), entropy: bytes(40) })
  const refused: [call: () => unknown, message: string][] = [
    [() => new Drbg({ ...SEED, entropy: bytes(41) }), '"entropy" expected 32 to 40 bytes, got a view of 41 bytes'],
    [() => new Drbg({ ...SEED, nonce: bytes(41) }), '"nonce" expected 16 to 40 bytes, got a view of 41 bytes'],
    [
      () => new Drbg({ ...SEED, personalization: bytes(42) }),
      '"personalization" expected at most 41 bytes, got a view of 42 bytes',
    ],
    [() => drbg.reseed(bytes(41)), '"entropy" expected 32 to 40 bytes, got a view of 41 bytes'],
    [() => drbg.reseed(bytes(32), bytes(43)), '"additionalInput" expected at most 42 bytes, got a view of 43 bytes'],
    [() => drbg.generate(1, { entropy: bytes(41) }), '"entropy" expected 32 to 40 bytes, got a view of 41 bytes'],
    [
      () => drbg.generate(1, { additionalInput: bytes(43) }),
      '"additionalInput" expected at most 42 bytes, got a view of 43 bytes',
    ],
    [() => drbg.generate(65), '"length" expected an integer from 0 to 64, got 65'],
  ]
  for (const [call, message] of refused) {
    expect(call).toThrow(RangeError)
    expect(call).toThrow(message)
  }
})

describe('the reseed interval', () => {
  const exhausted = expect.objectContaining({
    name: 'DrbgError',
    code: 'ERR_DRBG_RESEED_REQUIRED',
    message: 'reseed interval used up: call reseed(entropy) first',
  })
  const INTERVAL = 3

  async function usedUp(): Promise<{ drbg: HmacDrbg; twin: HmacDrbg }> {
    const Drbg = await limitedTo({ reseedInterval: INTERVAL })
    const drbg = new Drbg(SEED)
    // The twin has the real interval.
    const twin = new HmacDrbg(SEED)
    for (let request = 0; request < INTERVAL; request++) expect(drbg.generate(8)).toEqual(twin.generate(8))
    return { drbg, twin }
  }

  /** Good for another INTERVAL requests less those already made, and no more. */
  function expectFresh(drbg: HmacDrbg, twin: HmacDrbg, made: number): void {
    for (let request = made; request < INTERVAL; request++) expect(drbg.generate(8)).toEqual(twin.generate(8))
    expect(() => drbg.generate(8)).toThrow(exhausted)
  }

  test('once used up, each request is refused and the state stays; a reseed starts it anew', async () => {
    const { drbg, twin } = await usedUp()
    for (const length of [0, 8, 100]) {
      expect(() => drbg.generate(length)).toThrow(exhausted)
      expect(() => drbg.generate(length, { additionalInput: bytes(9) })).toThrow(exhausted)
    }
    drbg.reseed(bytes(32), bytes(5))
    twin.reseed(bytes(32), bytes(5))
    expectFresh(drbg, twin, 0)
  })

  test('prediction resistance starts it anew too, and counts as a request', async () => {
    const { drbg, twin } = await usedUp()
    const options = { entropy: bytes(32), additionalInput: bytes(9) }
    expect(drbg.generate(8, options)).toEqual(twin.generate(8, options))
    expectFresh(drbg, twin, 1)
  })

  test('a refused argument does not count as a request, nor does a refused reseed start it anew', async () => {
    const Drbg = await limitedTo({ reseedInterval: INTERVAL })
    const drbg = new Drbg(SEED)
    for (let time = 0; time < 2 * INTERVAL; time++) expect(() => drbg.generate(-1)).toThrow(RangeError)
    expectFresh(drbg, new HmacDrbg(SEED), 0)
    expect(() => drbg.reseed(bytes(31))).toThrow(RangeError)
    expect(() => drbg.generate(8, { entropy: bytes(31) })).toThrow(RangeError)
    expect(() => drbg.generate(8)).toThrow(exhausted)
  })

  test('a call that fails within its hash does not count, nor does such a reseed start it anew', async () => {
    let broken = false
    const hash = createHasher(() => {
      const made = sha256.create()
      const update = made.update.bind(made)
      return Object.assign(made, {
        update(data: Uint8Array) {
          if (broken) throw new Error('broken')
          return update(data)
        },
      })
    }) as DrbgHash
    const Drbg = await limitedTo({ reseedInterval: INTERVAL })
    const drbg = new Drbg({ ...SEED, hash })
    const twin = new HmacDrbg(SEED)
    const fail = (call: () => unknown): void => {
      broken = true
      expect(call).toThrow('broken')
      broken = false
    }
    for (let time = 0; time < 2 * INTERVAL; time++) fail(() => drbg.generate(8))
    expectFresh(drbg, twin, 0)
    fail(() => drbg.reseed(bytes(32)))
    fail(() => drbg.generate(8, { entropy: bytes(32) }))
    expect(() => drbg.generate(8)).toThrow(exhausted)
  })
})
