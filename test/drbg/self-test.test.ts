/** The known-answer test of SP 800-90A r1, §11.3: its answers, when it runs, and what it refuses. */
import { createHmac } from 'node:crypto'
import { blake224, blake256, blake384, blake512 } from '@noble/hashes/blake1.js'
import { blake2b, blake2s } from '@noble/hashes/blake2.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { keccak_256, sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { createHasher } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { type DrbgHash, type GenerateOptions, HmacDrbg, type HmacDrbgOptions } from '../../src/drbg/hmac-drbg.ts'
import { selfTest } from '../../src/drbg/self-test.ts'

/** As @noble/hashes and as OpenSSL call them. */
const APPROVED: [hash: DrbgHash, name: string][] = [
  [sha1, 'sha1'],
  [sha224, 'sha224'],
  [sha256, 'sha256'],
  [sha384, 'sha384'],
  [sha512, 'sha512'],
  [sha512_224, 'sha512-224'],
  [sha512_256, 'sha512-256'],
]
const refused = expect.objectContaining({ name: 'DrbgError', code: 'ERR_DRBG_SELF_TEST' })

const seeded = (hash: DrbgHash, value = 0): HmacDrbg =>
  new HmacDrbg({ hash, entropy: new Uint8Array(32).fill(value), nonce: new Uint8Array(16) })

/** The same hash function to a DRBG, but one that it has not met: tests are remembered by identity. */
const unmet = (hash: DrbgHash): DrbgHash => createHasher(() => hash.create()) as DrbgHash

type Inputs = 'entropy' | 'nonce' | 'personalization' | 'reseed' | 'reseedInput' | 'additionalInput' | 'fresh'

/** HMAC_DRBG (§10.1.2) written out plainly on OpenSSL's HMAC. It takes `ignored` for empty. */
function plainDrbg(name: string, ignored?: Inputs): new (options: HmacDrbgOptions) => HmacDrbg {
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
    createHmac(name, key).update(Buffer.concat(parts)).digest()
  const input = (which: Inputs, bytes: Uint8Array | undefined): Uint8Array =>
    which === ignored || bytes === undefined ? new Uint8Array(0) : bytes
  class Plain {
    k: Uint8Array
    v: Uint8Array
    constructor({ hash, entropy, nonce, personalization }: HmacDrbgOptions) {
      this.k = new Uint8Array(hash?.outputLen ?? 0)
      this.v = this.k.slice().fill(1)
      this.update(input('entropy', entropy), input('nonce', nonce), input('personalization', personalization))
    }
    update(...provided: Uint8Array[]): void {
      for (const step of [0, 1]) {
        this.k = hmac(this.k, this.v, Uint8Array.of(step), ...provided)
        this.v = hmac(this.k, this.v)
        if (Buffer.concat(provided).length === 0) return
      }
    }
    reseed(entropy: Uint8Array, additionalInput?: Uint8Array): void {
      this.update(input('reseed', entropy), input('reseedInput', additionalInput))
    }
    generate(length: number, options: GenerateOptions = {}): Uint8Array {
      let additional = input('additionalInput', options.additionalInput)
      if (options.entropy !== undefined) {
        this.update(input('fresh', options.entropy), additional)
        additional = new Uint8Array(0)
      }
      if (additional.length > 0) this.update(additional)
      this.v = hmac(this.k, this.v)
      expect(length).toBe(this.v.length) // one block is all that the self-test asks for
      const block = Uint8Array.from(this.v)
      this.update(additional)
      return block
    }
    wipe(): void {}
  }
  return Plain as unknown as new (
    options: HmacDrbgOptions,
  ) => HmacDrbg
}

describe.each(APPROVED.map(([hash, name]) => ({ hash, name })))('$name', ({ hash, name }) => {
  test('gives the answer that is written down', () => {
    expect(() => selfTest(unmet(hash), plainDrbg(name))).not.toThrow()
  })

  test.each<Inputs>(['entropy', 'nonce', 'personalization', 'reseed', 'reseedInput', 'additionalInput', 'fresh'])(
    'does not if %s is left out',
    (ignored) => {
      expect(() => selfTest(unmet(hash), plainDrbg(name, ignored))).toThrow(refused)
    },
  )

  test('passes, and the DRBG works', () => {
    expect(seeded(hash).generate(100)).toHaveLength(100)
    expect(seeded(unmet(hash)).generate(100)).toEqual(seeded(hash).generate(100))
  })

  test('is refused with one bit of each digest flipped, now and later', () => {
    const Base = hash.create().constructor as new () => ReturnType<typeof sha256.create>
    class Flipped extends Base {
      override digestInto(out: Uint8Array): void {
        super.digestInto(out)
        out[this.outputLen - 1] = (out[this.outputLen - 1] as number) ^ 1
      }
    }
    const wrong = createHasher(() => new Flipped()) as DrbgHash
    for (let time = 0; time < 3; time++) expect(() => seeded(wrong, time)).toThrow(refused)
    expect(() => seeded(hash)).not.toThrow()
  })
})

test('runs once for each hash function', () => {
  const creations = (hash: DrbgHash, counter: { created: number }): number => {
    counter.created = 0
    seeded(hash)
    return counter.created
  }
  const counting = (): [DrbgHash, { created: number }] => {
    const counter = { created: 0 }
    const create = (): ReturnType<typeof sha256.create> => {
      counter.created++
      return sha256.create()
    }
    return [createHasher(create) as DrbgHash, counter]
  }
  const [hash, counter] = counting()
  const first = creations(hash, counter)
  const second = creations(hash, counter)
  expect(first).toBeGreaterThan(second)
  expect(creations(hash, counter)).toBe(second)
  // Another one has a test of its own.
  expect(creations(...counting())).toBe(first)
})

test.each(Object.entries({ blake2s, blake3, blake256, blake2b, blake512, blake224, blake384, ripemd160 }))(
  '%s has the shape of an approved hash function and is refused, now and later',
  (_name, hash) => {
    for (let time = 0; time < 3; time++) expect(() => seeded(hash as DrbgHash, time)).toThrow(refused)
  },
)

test('a hash function that failed once stays refused, whatever it computes now (§11.3.6)', () => {
  let current = blake2s as DrbgHash
  const fickle = createHasher(() => current.create()) as DrbgHash
  expect(() => seeded(fickle)).toThrow(refused)
  current = sha256
  expect(() => seeded(fickle)).toThrow(refused)
  // Control: with the right values from the start it passes.
  expect(() => seeded(createHasher(() => current.create()) as DrbgHash)).not.toThrow()
})

test('the refusal names what was expected', () => {
  expect(() => seeded(blake2s as DrbgHash)).toThrow(/^the self-test with SHA-256 failed, .*: reinstall @noble\/hashes/)
})

test.each(Object.entries({ md5, keccak_256, sha3_224, sha3_256, sha3_384, sha3_512 }))(
  '%s has a shape that no approved hash function has',
  (_name, hash) => {
    const message =
      '"hash" expected one of SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224, SHA-512/256, got function'
    for (let time = 0; time < 2; time++) {
      expect(() => seeded(hash as DrbgHash)).toThrow(TypeError)
      expect(() => seeded(hash as DrbgHash)).toThrow(message)
    }
  },
)

test('a test that could not be finished says nothing: the next use tries again', () => {
  let failing = true
  const create = (): ReturnType<typeof sha256.create> => {
    if (failing) throw new RangeError('no memory')
    return sha256.create()
  }
  const flaky = Object.assign((message: Uint8Array) => sha256(message), sha256, { create }) as unknown as typeof sha256
  const entropy = new Uint8Array(32)
  expect(() => new HmacDrbg({ hash: flaky, entropy, nonce: entropy })).toThrow('no memory')
  failing = false
  new HmacDrbg({ hash: flaky, entropy, nonce: entropy }).generate(1)
})
