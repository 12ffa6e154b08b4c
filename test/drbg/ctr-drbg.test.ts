/** The known-answer test of the expansion (SP 800-90A r1 §11.3). */
import * as crypto from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let ciphers = 0
let spoil = (bytes: Buffer): Buffer => bytes
beforeEach(() => {
  ciphers = 0
  vi.resetModules()
  vi.doMock('../../src/builtins.ts', () => ({
    builtin: () => ({
      createCipheriv: (...args: Parameters<typeof crypto.createCipheriv>) => {
        ciphers++
        const cipher = crypto.createCipheriv(...args)
        return { update: (input: Uint8Array) => spoil(cipher.update(input)), final: () => cipher.final() }
      },
    }),
  }))
})
afterEach(() => {
  vi.doUnmock('../../src/builtins.ts')
  spoil = (bytes) => bytes
})

const seed = new Uint8Array(48).fill(7)

test('runs once, at first use', async () => {
  const { ctrDrbgInto } = await import('../../src/drbg/ctr-drbg.ts')
  const out = new Uint8Array(32)
  ctrDrbgInto(seed, out, 0, 32)
  expect(ciphers).toBe(2)
  ctrDrbgInto(seed, out, 0, 32)
  expect(ciphers).toBe(3)
})

test('a cipher that computes wrongly is refused, then and later, and nothing is written', async () => {
  const { ctrDrbgInto } = await import('../../src/drbg/ctr-drbg.ts')
  const out = new Uint8Array(32)
  spoil = (bytes) => {
    bytes[40] = (bytes[40] as number) ^ 1
    return bytes
  }
  const refused = expect.objectContaining({ name: 'DrbgError', code: 'ERR_DRBG_SELF_TEST' })
  expect(() => ctrDrbgInto(seed, out, 0, 32)).toThrow(refused)
  spoil = (bytes) => bytes
  expect(() => ctrDrbgInto(seed, out, 0, 32)).toThrow(refused)
  expect(out).toEqual(new Uint8Array(32))
})

test('a test that could not be finished says nothing: the next use tries again', async () => {
  const { ctrDrbgInto } = await import('../../src/drbg/ctr-drbg.ts')
  const out = new Uint8Array(32)
  spoil = () => {
    throw new RangeError('no memory')
  }
  expect(() => ctrDrbgInto(seed, out, 0, 32)).toThrow('no memory')
  spoil = (bytes) => bytes
  ctrDrbgInto(seed, out, 0, 32)
  expect(out).not.toEqual(new Uint8Array(32))
})
