/** The expansion: its known-answer test (SP 800-90A r1 §11.3), its counter, and what it leaves in memory. */
import * as crypto from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let ciphers = 0
/** Key and V that the last cipher was given, and what was in them. */
let given: { view: Uint8Array; content: Uint8Array }[] = []
let spoil = (bytes: Buffer): Buffer => bytes
beforeEach(() => {
  ciphers = 0
  vi.resetModules()
  vi.doMock('../../src/builtins.ts', () => ({
    builtin: () => ({
      createCipheriv: (...args: Parameters<typeof crypto.createCipheriv>) => {
        ciphers++
        given = args.slice(1, 3).map((view) => ({ view: view as Uint8Array, content: (view as Uint8Array).slice() }))
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
  const message = expect.stringMatching(/^aes-256-ctr .* gives wrong values: repair the runtime, or use createRandom/)
  const refused = expect.objectContaining({ name: 'DrbgError', code: 'ERR_DRBG_SELF_TEST', message })
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

test('V counts modulo 2^128, and its carry never reaches the key (§10.2.1.5.1, step 4.1)', async () => {
  const { ctrDrbg } = await import('../../src/drbg/ctr-drbg.ts')
  // A seed of zeros leaves Key and V as instantiation has them; with V's complement in it, V is all ones.
  ctrDrbg(new Uint8Array(48), 16)
  const [key, v] = given.map(({ content }) => content) as [Uint8Array, Uint8Array]
  v[15] = (v[15] as number) - 1 // it was counted on
  const ones = Uint8Array.from([...new Uint8Array(32), ...v.map((byte) => byte ^ 0xff)])
  const bytes = ctrDrbg(ones, 32)
  const cipher = crypto.createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  expect(Buffer.from(bytes)).toEqual(cipher.update(new Uint8Array(32)))
})

test('a draw within a draw has memory of its own', async () => {
  const { ctrDrbg } = await import('../../src/drbg/ctr-drbg.ts')
  const other = new Uint8Array(48).fill(8)
  const expected = [ctrDrbg(seed, 32), ctrDrbg(other, 32)]
  let inner: Uint8Array | undefined
  spoil = (bytes) => {
    spoil = (same) => same
    inner = ctrDrbg(other, 32)
    return bytes
  }
  expect([ctrDrbg(seed, 32), inner]).toEqual(expected)
})

test('no more is computed than was asked for', async () => {
  const { ctrDrbg } = await import('../../src/drbg/ctr-drbg.ts')
  for (const length of [1, 32, 2_048, 65_536]) {
    let computed = 0
    spoil = (bytes) => {
      computed = bytes.length
      return bytes
    }
    expect(ctrDrbg(seed, length)).toHaveLength(length)
    expect(computed).toBe(length)
  }
})

test('Key and V are wiped, whether the cipher worked or threw', async () => {
  const { ctrDrbg } = await import('../../src/drbg/ctr-drbg.ts')
  ctrDrbg(seed, 32)
  for (const fails of [false, true]) {
    given = []
    spoil = (bytes) => {
      if (fails) throw new RangeError('no memory')
      return bytes
    }
    if (fails) expect(() => ctrDrbg(seed, 32)).toThrow('no memory')
    else ctrDrbg(seed, 32)
    expect(given).toHaveLength(2)
    for (const { view, content } of given) {
      expect(content).not.toEqual(new Uint8Array(content.length))
      expect(view).toEqual(new Uint8Array(view.length))
    }
  }
})

test.each<[runtime: string, process: unknown, has: boolean]>([
  ['Node', globalThis.process, true],
  ['a browser', undefined, false],
  ['no getBuiltinModule', { versions: { openssl: '3.0.0' } }, false],
  ['no versions', { getBuiltinModule: () => {} }, false],
  ['another library than OpenSSL', { getBuiltinModule: () => {}, versions: {} }, false],
])('there is AES in this runtime: %s', async (_name, process, has) => {
  vi.stubGlobal('process', process)
  try {
    expect((await import('../../src/drbg/ctr-drbg.ts')).hasAes).toBe(has)
  } finally {
    vi.unstubAllGlobals()
  }
})
