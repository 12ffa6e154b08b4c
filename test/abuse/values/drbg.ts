/** Every kind of value at HmacDrbg. */
import fc from 'fast-check'
import { test } from 'vitest'
import { DrbgError, HmacDrbg } from '../../../src/index.ts'
import { abuse, seed } from './cases.ts'
import { HASHES, hashes } from './objects.ts'
import { type Call, operation } from './operation.ts'
import { aHash, bytes, integer, optional, options, unless, withOptions } from './oracle.ts'
import { nothing, numbers } from './scalars.ts'
import { check } from './twins.ts'
import { optionsOf, some } from './values.ts'
import { byteViews } from './views.ts'

const generateOptions = optionsOf({ additionalInput: some(byteViews), entropy: some(byteViews) })

const isBytes =
  (length: number) =>
  (result: unknown): boolean =>
    result instanceof Uint8Array && result.length === length

const reseed: fc.Arbitrary<Call<HmacDrbg>> = operation(
  'reseed',
  [byteViews, fc.oneof(byteViews, fc.constant(nothing))],
  (drbg, args) => Reflect.apply(drbg.reseed, drbg, args),
  (entropy, input) =>
    unless(
      [bytes('entropy', entropy, 32), input.undefined ? undefined : bytes('additionalInput', input)],
      (result) => result === undefined,
    ),
)
const generate: fc.Arbitrary<Call<HmacDrbg>> = operation(
  'generate',
  [numbers, generateOptions],
  (drbg, args) => Reflect.apply(drbg.generate, drbg, args),
  (length, given) =>
    withOptions(
      options(given, {
        additionalInput: optional((truth) => bytes('additionalInput', truth)),
        entropy: optional((truth) => bytes('entropy', truth, 32)),
      }),
      [integer('length', length, 0, 2 ** 16)],
      isBytes(length.number as number),
    ),
)

test('reseed and generate: the state of a twin that saw no wrong call', () => {
  const make = (): HmacDrbg => new HmacDrbg({ entropy: new Uint8Array(32), nonce: new Uint8Array(16) })
  const calls = fc.oneof({ weight: 1, arbitrary: reseed }, { weight: 2, arbitrary: generate })
  abuse('drbg', calls, (row) => check(row, make, (drbg) => drbg.generate(3), []), 0.7)
})

const instantiate: fc.Arbitrary<Call<object>> = operation(
  'new HmacDrbg',
  [
    optionsOf({
      hash: some(hashes),
      entropy: some(byteViews),
      nonce: some(byteViews),
      personalization: some(byteViews),
    }),
  ],
  (_, args) => Reflect.construct(HmacDrbg, args).generate(8),
  (given) => {
    const strength = HASHES[given.options?.hash?.hash ?? 'sha256']?.strength ?? 32
    const wrong = options(
      given,
      {
        hash: optional(aHash),
        entropy: (truth) => bytes('entropy', truth, strength),
        nonce: (truth) => bytes('nonce', truth, strength / 2),
        personalization: optional((truth) => bytes('personalization', truth)),
      },
      true,
    )
    return withOptions(wrong, [], isBytes(8))
  },
)

test('the constructor', () => {
  abuse(
    'drbg',
    instantiate,
    (row) =>
      check(
        row,
        () => ({}),
        () => 0,
        [],
      ),
    0.3,
  )
})

test('after wipe() every good call says so, and every wrong one what is wrong', () => {
  const drbg = new HmacDrbg({ entropy: new Uint8Array(32), nonce: new Uint8Array(16) })
  drbg.wipe()
  const calls = fc.oneof(reseed, generate)
  fc.assert(
    fc.property(calls, ({ operation, args }) => {
      const expected = operation.expect(...args.map(({ truth }) => truth))
      try {
        operation.call(drbg, args.map(({ make }) => make(() => undefined).value) as never)
      } catch (error) {
        return (error instanceof DrbgError && error.code === 'ERR_DRBG_WIPED') === (expected.is === 'value')
      }
      return false
    }),
    { seed },
  )
})
