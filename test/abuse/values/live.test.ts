/**
 * Every kind of value at a generator that draws from the kernel. Its identity stands still and its kernel gives zeros,
 * so that two generators with one history agree.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { systemEntropy } from '../../../src/entropy/system.ts'
import { atfork, createRandom, type Random, random } from '../../../src/index.ts'
import { generation } from '../../../src/lifecycle/record.ts'
import { abuse, seed, TIMEOUT } from './cases.ts'
import { type Drawing, draws } from './draws.ts'
import { type Call, operation } from './operation.ts'
import { bytes, outcomeOf, unless } from './oracle.ts'
import type { Truth } from './recipe.ts'
import { nothing } from './scalars.ts'
import { check } from './twins.ts'
import { byteViews } from './views.ts'

vi.setConfig({ testTimeout: TIMEOUT })

vi.mock('../../../src/lifecycle/identity.ts', async (original) => ({
  ...(await original<typeof import('../../../src/lifecycle/identity.ts')>()),
  identity: () => new Uint8Array(80),
}))

const WRITES = ['fill', 'shuffle']

/** uuidv7() has the time and a counter of the whole process in it; entropySource and stream() draw nothing. */
const reseed: fc.Arbitrary<Call<Random>> = operation(
  'reseed',
  [fc.oneof(byteViews, fc.constant(nothing))],
  (target, args) => Reflect.apply(target.reseed, target, args),
  (extra) => unless([extra.undefined ? undefined : bytes('extra', extra)], (result) => result === undefined),
)
const uuidv7: fc.Arbitrary<Call<Random>> = operation(
  'uuidv7',
  [],
  (target, args) => Reflect.apply(target.uuidv7, target, args),
  () => ({
    is: 'value',
    check: (id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(String(id)),
  }),
  false,
)
const live = fc.oneof(
  { weight: 12, arbitrary: draws as fc.Arbitrary<Call<Drawing>> },
  { weight: 2, arbitrary: reseed as fc.Arbitrary<Call<never>> },
  { weight: 1, arbitrary: uuidv7 as fc.Arbitrary<Call<never>> },
) as fc.Arbitrary<Call<Random>>

beforeAll(() => {
  vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000)
  vi.spyOn(systemEntropy, 'read').mockImplementation((out, start, length) => {
    out.fill(0, start, start + length)
  })
})
afterAll(() => {
  vi.restoreAllMocks()
})

test('control: two generators with one history agree, and no longer if one draws more', () => {
  const [a, b] = [createRandom(), createRandom()]
  expect(a(16)).toEqual(b(16))
  a(1)
  expect(a(16)).not.toEqual(b(16))
})

test.each([
  ['fresh at each draw', {}, 0.7],
  ['from a pool', { maxAge: 1000 }, 0.25],
  ['HMAC alone', { expand: 'hmac', onFork: 'throw' }, 0.05],
] as const)('%s', (_, options, part) => {
  abuse(
    'live',
    live,
    (calls) =>
      check(
        calls,
        () => createRandom(options),
        (target) => target(3),
        WRITES,
      ),
    part,
  )
})

test('atfork(): what is no Uint8Array changes nothing', () => {
  const refused = (truth: Truth): boolean => !truth.undefined && truth.bytes === undefined
  fc.assert(
    fc.property(fc.oneof(draws), ({ args }) => {
      for (const { truth, make, name } of args) {
        const before = generation()
        const made = make(() => void random(3))
        const held = made.contents?.()
        const outcome = outcomeOf(() => atfork(made.value as never))
        expect('error' in outcome, name).toBe(refused(truth))
        if (!refused(truth)) continue
        expect((outcome as { error: unknown }).error, name).toBeInstanceOf(TypeError)
        expect(String((outcome as { error: unknown }).error)).toMatch(/^TypeError: "extra" expected .+, got .+$/)
        expect(generation()).toBe(before)
        expect(isDeepStrictEqual(made.contents?.(), held)).toBe(true) // expect() would convert them
      }
    }),
    { seed },
  )
})
