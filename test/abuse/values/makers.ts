/** Every kind of value at what makes generators: createRandom(), seeded(), spawn(). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom, random, type SeededRandom, seeded } from '../../../src/index.ts'
import { abuse, seed } from './cases.ts'
import { functions, hashes } from './objects.ts'
import { type Call, operation } from './operation.ts'
import {
  aFunction,
  aHash,
  bytes,
  integer,
  oneOf,
  optional,
  options,
  type Refusal,
  unless,
  wellFormed,
  withOptions,
} from './oracle.ts'
import type { Truth } from './recipe.ts'
import { numbers, strings } from './scalars.ts'
import { check } from './twins.ts'
import { optionsOf, some } from './values.ts'
import { byteViews } from './views.ts'

const given = optionsOf({
  hash: some(hashes),
  personalization: some(byteViews),
  entropy: some(functions),
  maxAge: some(numbers),
  expand: some(strings),
  onFork: some(strings),
})

const create: fc.Arbitrary<Call<object>> = operation(
  'createRandom',
  [given],
  (_, args) => Reflect.apply(createRandom, undefined, args),
  (truth) =>
    withOptions(
      options(truth, {
        hash: optional(aHash),
        personalization: optional((bytesOf) => bytes('personalization', bytesOf)),
        entropy: optional((f) => aFunction('entropy', f)),
        maxAge: optional((age) => integer('maxAge', age, 0, 2 ** 31 - 1)),
        expand: optional((choice) => oneOf('expand', choice, ['aes', 'hmac'])),
        onFork: optional((choice) => oneOf('onFork', choice, ['remix', 'throw'])),
      }),
      [],
      // What an `entropy` of any kind gives is asked at the first draw.
      (made) => typeof made === 'function' && Object.getPrototypeOf(made) === Object.getPrototypeOf(random),
    ),
  false,
)

test('createRandom', () => {
  abuse(
    'makers',
    create,
    (calls) =>
      check(
        calls,
        () => ({}),
        () => 0,
        [],
      ),
    0.5,
  )
})

/** A string that is well formed, or bytes; all is a matter of kind. */
const seedOf = (truth: Truth): Refusal | undefined =>
  truth.bytes !== undefined || (truth.string !== undefined && wellFormed(truth))
    ? undefined
    : { error: 'TypeError', label: 'seed' }

const seeds: fc.Arbitrary<Call<object>> = operation(
  'seeded',
  [fc.oneof(strings, byteViews)],
  (_, args) => Reflect.apply(seeded, undefined, args)(16),
  (seed) => unless([seedOf(seed)], (out) => out instanceof Uint8Array && out.length === 16),
)

test('seeded', () => {
  abuse(
    'makers',
    seeds,
    (calls) =>
      check(
        calls,
        () => ({}),
        () => 0,
        [],
      ),
    0.3,
  )
})

/** Near 2^32 - 1 it is the children so far that count: see below. */
const isMany = ({ number = 0 }: Truth): boolean => number > 20 && number <= 2 ** 32 && Number.isInteger(number)

const spawn: fc.Arbitrary<Call<SeededRandom>> = operation(
  'spawn',
  [numbers.filter(({ truth }) => !isMany(truth))],
  (parent, args) => {
    const children: SeededRandom[] = Reflect.apply(parent.spawn, parent, args)
    return children.length > 0 ? [children.length, children[0]?.(8)] : [0]
  },
  (count) => {
    const expected = unless(
      [integer('count', count, 0, 2 ** 32 - 1 - 1000)],
      (got) => (got as number[])[0] === (count.number as number) + 0,
    )
    return isMany(count) ? { is: 'skip' } : expected
  },
)

test('spawn: a refused call takes no number', () => {
  abuse(
    'makers',
    spawn,
    (calls) =>
      check(
        calls,
        () => seeded('spawn'),
        (parent) => parent.spawn(1)[0]?.(8),
        [],
      ),
    0.2,
  )
})

test('spawn counts over all calls, up to 2^32 - 1', () => {
  const parent = seeded('spawn')
  parent.spawn(5)
  for (const count of [2 ** 32 - 1, 2 ** 32 - 5])
    expect(() => parent.spawn(count)).toThrow(
      new RangeError(`"count" expected an integer from 0 to 4294967290, got ${count}`),
    )
  expect(parent.spawn(0)).toEqual([])
})

test('entropy() that gives anything at all: its bytes, or an error and no draw', () => {
  fc.assert(
    fc.property(some(byteViews), ({ make, truth, name }) => {
      const generator = createRandom({ entropy: () => make(() => void random(3)).value as never })
      const good = truth.bytes !== undefined && truth.bytes >= 32
      if (good) expect(generator(16)).toHaveLength(16)
      else
        expect(() => generator(16), name).toThrow(
          truth.bytes === undefined
            ? /^"entropy\(\)" expected .+, got /
            : /^"entropy\(\)" expected 32 to \d+ bytes, got /,
        )
    }),
    { seed },
  )
})
