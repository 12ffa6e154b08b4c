/**
 * CTR_DRBG (AES-256, no derivation function) against all 480 cases of NIST's CAVP, and against a plain implementation.
 *
 * `ctrDrbgInto` instantiates, generates once and forgets, where a case reseeds and generates twice. But a case can be told
 * as a chain of such calls. CTR_DRBG_Update(provided) makes (Key, V) of the three blocks that come next, XOR provided
 * (§10.2.1.2), and these blocks are the 48 bytes that `ctrDrbgInto` would return next. The next call undoes its own
 * instantiation first: its (Key, V) is seed ⊕ C with C = E(0, 1) ‖ E(0, 2) ‖ E(0, 3), so it is given (Key, V) ⊕ C.
 */
import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ctrDrbgInto, SEED_LENGTH } from '../../src/drbg/ctr-drbg.ts'
import { type CavpCase, countGroups, readCavp } from '../support/cavp.ts'

/** AES-256 of single blocks: `count` of them, from the block after `v`, counting mod 2^128. Nothing of ours in it. */
function blocksAfter(key: Uint8Array, v: Uint8Array, count: number): Uint8Array {
  const first = BigInt(`0x${Buffer.from(v).toString('hex')}`)
  const hex = Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(128, first + BigInt(i + 1))
      .toString(16)
      .padStart(32, '0'),
  )
  return createCipheriv('aes-256-ecb', key, null).update(Buffer.from(hex.join(''), 'hex'))
}

const xor = (...parts: Uint8Array[]): Uint8Array =>
  Uint8Array.from({ length: SEED_LENGTH }, (_, i) => parts.reduce((byte, part) => byte ^ (part[i] ?? 0), 0))

const C: Uint8Array = blocksAfter(new Uint8Array(32), new Uint8Array(16), 3)

function expand(seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  ctrDrbgInto(seed, out, 0, length)
  return out
}

/** A whole CTR_DRBG whose every block comes out of `ctrDrbgInto`. */
class Chain {
  #seed: Uint8Array

  constructor(entropy: Uint8Array, personalization: Uint8Array) {
    this.#seed = xor(entropy, personalization)
  }

  /** §10.2.1.4.1 is one update. */
  update(...provided: Uint8Array[]): void {
    this.#seed = xor(expand(this.#seed, SEED_LENGTH), C, ...provided)
  }

  /** §10.2.1.5.1. `length` is a whole number of blocks. */
  generate(length: number, additionalInput: Uint8Array): Uint8Array {
    if (additionalInput.length > 0) this.update(additionalInput)
    const bytes = expand(this.#seed, length + SEED_LENGTH)
    this.#seed = xor(bytes.subarray(length), C, additionalInput)
    return bytes.subarray(0, length)
  }
}

function runCase(vector: CavpCase, flip: 0 | 1 = 0): Uint8Array {
  const chain = new Chain(xor(vector.one('EntropyInput'), Uint8Array.of(flip)), vector.one('PersonalizationString'))
  for (const entropy of vector.all('EntropyInputReseed')) chain.update(entropy, vector.one('AdditionalInputReseed'))
  const [first, second] = vector.all('AdditionalInput') as [Uint8Array, Uint8Array]
  const { length } = vector.one('ReturnedBits')
  chain.generate(length, first)
  return chain.generate(length, second)
}

describe.each([
  { file: 'CTR_DRBG.AES-256-no-df.no_reseed.rsp', reseeds: 0 },
  { file: 'CTR_DRBG.AES-256-no-df.pr_false.rsp', reseeds: 1 },
])('$file', ({ file, reseeds }) => {
  test('240 cases', (ctx) => {
    const cases = readCavp(ctx, file)
    expect(new Set(cases.map(({ algorithm }) => algorithm))).toEqual(new Set(['AES-256 no df']))
    expect(countGroups(cases)).toEqual({
      'none, none': 60,
      'none, additional input': 60,
      'personalization, none': 60,
      'personalization, additional input': 60,
    })
    for (const vector of cases) {
      expect(vector.one('ReturnedBits')).toHaveLength(64)
      expect(vector.all('AdditionalInput')).toHaveLength(2)
      expect(vector.all('EntropyInputReseed')).toHaveLength(reseeds)
      expect(runCase(vector), `case ${vector.count}`).toEqual(vector.one('ReturnedBits'))
    }
  })

  test('control: no case passes with one bit of its entropy flipped', (ctx) => {
    for (const vector of readCavp(ctx, file).filter(({ count }) => count === 0))
      expect(runCase(vector, 1)).not.toEqual(vector.one('ReturnedBits'))
  })
})

describe('ctrDrbgInto and single AES blocks', () => {
  const reference = (seed: Uint8Array, length: number): Uint8Array => {
    const state = xor(seed, C)
    const blocks = blocksAfter(state.subarray(0, 32), state.subarray(32), Math.ceil(length / 16))
    return Uint8Array.from(blocks.subarray(0, length))
  }

  test('give the same bytes, for any seed and length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: SEED_LENGTH, maxLength: SEED_LENGTH }),
        fc.integer({ min: 0, max: 300 }),
        (seed, length) => {
          expect(expand(seed, length)).toEqual(reference(seed, length))
        },
      ),
    )
  })

  test('give the same bytes for the longest request', () => {
    const seed = Uint8Array.from({ length: SEED_LENGTH }, (_, i) => i)
    expect(expand(seed, 2 ** 16)).toEqual(reference(seed, 2 ** 16))
  })

  test.each(Array.from({ length: 17 }, (_, i) => i))('carry when V ends in %i bytes of ff', (ones) => {
    const state = new Uint8Array(SEED_LENGTH).fill(0x5a).fill(0xff, SEED_LENGTH - ones)
    const seed = xor(state, C)
    expect(expand(seed, 40)).toEqual(reference(seed, 40))
    // One before: the carry then happens within the keystream.
    state[SEED_LENGTH - 1] = 0xfe
    expect(expand(xor(state, C), 40)).toEqual(reference(xor(state, C), 40))
  })

  test('ctrDrbgInto writes where it was told and nowhere else, and leaves the seed', () => {
    const seed = new Uint8Array(SEED_LENGTH).fill(7)
    const out = new Uint8Array(100).fill(0xee)
    ctrDrbgInto(seed, out, 20, 33)
    expect(out.subarray(0, 20)).toEqual(new Uint8Array(20).fill(0xee))
    expect(out.subarray(20, 53)).toEqual(reference(seed, 33))
    expect(out.subarray(53)).toEqual(new Uint8Array(47).fill(0xee))
    expect(seed).toEqual(new Uint8Array(SEED_LENGTH).fill(7))
  })
})
