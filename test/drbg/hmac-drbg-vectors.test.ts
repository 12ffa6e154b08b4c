/** HMAC_DRBG against all 5,040 cases of NIST's CAVP. The response files give the output of the second generate. */
import { sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { type DrbgHash, HmacDrbg } from '../../src/drbg/hmac-drbg.ts'
import { type CavpCase, countGroups, parseCavp, readCavp } from '../support/cavp.ts'

const HASHES: Record<string, DrbgHash> = {
  'SHA-1': sha1,
  'SHA-224': sha224,
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
  'SHA-512/224': sha512_224,
  'SHA-512/256': sha512_256,
}

/** Each hash in each file: 16 groups of 15 cases. */
const GROUPS = {
  'none, none': 60,
  'none, additional input': 60,
  'personalization, none': 60,
  'personalization, additional input': 60,
}

interface Mode {
  file: string
  /** Inputs that each of its cases has, with how often. */
  inputs: Record<string, number>
  /** Runs the case on an instance; returns the output of the second generate. */
  run(drbg: HmacDrbg, vector: CavpCase, length: number): Uint8Array
}

const plain = (drbg: HmacDrbg, vector: CavpCase, length: number): Uint8Array => {
  const [first, second] = vector.all('AdditionalInput') as [Uint8Array, Uint8Array]
  drbg.generate(length, { additionalInput: first })
  return drbg.generate(length, { additionalInput: second })
}

const MODES: Mode[] = [
  { file: 'HMAC_DRBG.no_reseed.rsp', inputs: {}, run: plain },
  {
    file: 'HMAC_DRBG.pr_false.rsp',
    inputs: { EntropyInputReseed: 1, AdditionalInputReseed: 1 },
    run(drbg, vector, length) {
      drbg.reseed(vector.one('EntropyInputReseed'), vector.one('AdditionalInputReseed'))
      return plain(drbg, vector, length)
    },
  },
  {
    file: 'HMAC_DRBG.pr_true.rsp',
    inputs: { EntropyInputPR: 2 },
    run(drbg, vector, length) {
      const [first, second] = vector.all('AdditionalInput') as [Uint8Array, Uint8Array]
      const [fresh, fresher] = vector.all('EntropyInputPR') as [Uint8Array, Uint8Array]
      drbg.generate(length, { additionalInput: first, entropy: fresh })
      return drbg.generate(length, { additionalInput: second, entropy: fresher })
    },
  },
]

function runCase(mode: Mode, vector: CavpCase, flip: 0 | 1 = 0): Uint8Array {
  const personalization = vector.one('PersonalizationString')
  const entropy = Uint8Array.from(vector.one('EntropyInput'))
  entropy[0] = (entropy[0] as number) ^ flip
  const drbg = new HmacDrbg({
    hash: HASHES[vector.algorithm] as DrbgHash,
    entropy,
    nonce: vector.one('Nonce'),
    ...(personalization.length > 0 && { personalization }),
  })
  return mode.run(drbg, vector, vector.one('ReturnedBits').length)
}

for (const mode of MODES)
  describe(mode.file, () => {
    for (const name of Object.keys(HASHES))
      test(`${name}: 240 cases`, (ctx) => {
        const cases = readCavp(ctx, mode.file).filter((vector) => vector.algorithm === name)
        expect(countGroups(cases)).toEqual(GROUPS)
        for (const vector of cases) {
          for (const [field, times] of Object.entries({ ...mode.inputs, AdditionalInput: 2 }))
            expect(vector.all(field)).toHaveLength(times)
          expect(runCase(mode, vector), `case ${vector.count}`).toEqual(vector.one('ReturnedBits'))
        }
      })

    test('control: no case passes with one bit of its entropy flipped', (ctx) => {
      for (const vector of readCavp(ctx, mode.file).filter(({ count }) => count === 0))
        expect(runCase(mode, vector, 1)).not.toEqual(vector.one('ReturnedBits'))
    })
  })

test('the tests above cover every case of the files: 5,040', (ctx) => {
  const all = MODES.flatMap(({ file }) => readCavp(ctx, file))
  expect(new Set(all.map(({ algorithm }) => algorithm))).toEqual(new Set(Object.keys(HASHES)))
  expect(all).toHaveLength(MODES.length * Object.keys(HASHES).length * 240)
  expect(all).toHaveLength(5040)
})

test('the parser refuses what is cut short', () => {
  const text = '[SHA-1]\n[EntropyInputLen = 16]\n\nCOUNT = 0\nEntropyInput = 0102\n'
  expect(parseCavp(text)[0]?.one('EntropyInput')).toEqual(Uint8Array.of(1, 2))
  for (const line of ['EntropyInput = 01', 'EntropyInput = 010', 'EntropyInput = 01zz', 'Nonce = 01', 'EntropyInput'])
    expect(() => parseCavp(`${text}${line}\n`)).toThrow(line)
})
