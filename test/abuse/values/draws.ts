/** The methods that all generators have, and what is right for each list of arguments. */
import fc from 'fast-check'
import type { SeededRandom } from '../../../src/index.ts'
import { lists } from './lists.ts'
import { type Call, operation } from './operation.ts'
import { alphabet, bigRange, type Expected, integer, intRange, type Refusal, sequence, unless, view } from './oracle.ts'
import type { Truth } from './recipe.ts'
import { bigints, nothing, numbers, strings } from './scalars.ts'
import { views } from './views.ts'

/** What all generators have in common. */
export type Drawing = Omit<SeededRandom, 'spawn'> & ((length: number) => Uint8Array)

/** More is right, and takes long. */
const MUCH = 5_000

const isBytes =
  (length: number) =>
  (result: unknown): boolean =>
    Object.getPrototypeOf(result) === Uint8Array.prototype && (result as Uint8Array).length === length

const isInt =
  (min: number, max: number) =>
  (result: unknown): boolean =>
    typeof result === 'number' &&
    Number.isSafeInteger(result) &&
    !Object.is(result, -0) &&
    result >= min &&
    result < max

const length =
  (max: number) =>
  (given: Truth): Expected => {
    const check = unless([integer('length', given, 0, max)], isBytes((given.number as number) + 0))
    return check.is === 'value' && (given.number as number) > MUCH ? { is: 'skip' } : check
  }

/** Of a sequence: skip, trap, or what a good one gives. */
function items(
  truth: Truth,
  others: (Refusal | undefined)[],
  touched: number,
  check: (result: unknown, args: unknown[]) => boolean,
): Expected {
  if (truth.trap === 'length' && 'length' in truth) return { is: 'trap', late: false }
  const expected = unless([sequence('items', truth), ...others], check)
  if (expected.is !== 'value') return expected
  if (touched > MUCH) return { is: 'skip' }
  return truth.trap === 'items' && touched > 0 ? { is: 'trap', late: true } : expected
}

/** Not by its length, which may be a lie. */
const has = (list: unknown, item: unknown): boolean =>
  Array.from({ length: 400 }, (_, i) => (list as unknown[])[i]).some((one) => Object.is(one, item))
const none: Refusal = { error: 'RangeError', label: 'items' }

const DRAWS: fc.Arbitrary<Call<Drawing>>[] = [
  operation('', [numbers], (d, args) => Reflect.apply(d, undefined, args), length(2 ** 32)),
  operation('bytes', [numbers], (d, args) => Reflect.apply(d.bytes, d, args), length(2 ** 32)),
  operation(
    'fill',
    [views],
    (d, args) => Reflect.apply(d.fill, d, args),
    (given) => unless([view('view', given)], (result, [value]) => result === value),
  ),
  operation(
    'int',
    [numbers, fc.oneof(numbers, fc.constant(nothing))],
    (d, args) => Reflect.apply(d.int, d, args),
    (a, b) => {
      const range = intRange(a, b)
      return Array.isArray(range)
        ? { is: 'refused', refusals: range }
        : { is: 'value', check: isInt(range.min, range.max) }
    },
  ),
  operation(
    'ints',
    [numbers, numbers, fc.oneof(numbers, fc.constant(nothing))],
    (d, args) => Reflect.apply(d.ints, d, args),
    (count, a, b) => {
      const range = intRange(a, b)
      const wrong = [integer('count', count, 0, 2 ** 25), ...(Array.isArray(range) ? range : [])]
      const { min, max } = range as { min: number; max: number }
      const check = unless(
        wrong,
        (result) => Array.isArray(result) && result.length === count.number && result.every(isInt(min, max)),
      )
      return check.is === 'value' && (count.number as number) > MUCH ? { is: 'skip' } : check
    },
  ),
  operation(
    'bigint',
    [bigints, fc.oneof(bigints, fc.constant(nothing))],
    (d, args) => Reflect.apply(d.bigint, d, args),
    (a, b) => {
      const range = bigRange(a, b)
      if (Array.isArray(range)) return { is: 'refused', refusals: range }
      return { is: 'value', check: (result) => typeof result === 'bigint' && result >= range.min && result < range.max }
    },
  ),
  operation(
    'float',
    [],
    (d, args) => Reflect.apply(d.float, d, args),
    () => ({
      is: 'value',
      check: (result) => typeof result === 'number' && result >= 0 && result < 1 && Number.isInteger(result * 2 ** 53),
    }),
  ),
  operation(
    'boolean',
    [],
    (d, args) => Reflect.apply(d.boolean, d, args),
    () => ({
      is: 'value',
      check: (result) => typeof result === 'boolean',
    }),
  ),
  operation(
    'bits',
    [numbers],
    (d, args) => Reflect.apply(d.bits, d, args),
    (count) =>
      unless(
        [integer('count', count, 0, 2 ** 20)],
        (result) => typeof result === 'bigint' && result >= 0n && result < 1n << BigInt(count.number as number),
      ),
  ),
  operation(
    'choice',
    [lists],
    (d, args) => Reflect.apply(d.choice, d, args),
    (list) =>
      items(
        list,
        [list.length === 0 ? none : undefined],
        1,
        (result, [value]) =>
          // Where a proxy's length is a lie, so is what stands there.
          has(value, result) || (result === undefined && list.length !== 3),
      ),
  ),
  operation(
    'shuffle',
    [lists],
    (d, args) => Reflect.apply(d.shuffle, d, args),
    (list) => {
      const frozen: Refusal | undefined =
        list.frozen && (list.length as number) > 1 ? { error: 'TypeError', label: 'items' } : undefined
      const touched = (list.length as number) > 1 ? (list.length as number) : 0
      return items(list, [frozen], touched, (result, [value]) => result === value)
    },
  ),
  operation(
    'sample',
    [lists, numbers],
    (d, args) => Reflect.apply(d.sample, d, args),
    (list, count) => {
      const wrong = integer('count', count, 0, typeof list.length === 'number' ? list.length : 0)
      return items(
        list,
        [wrong],
        count.number ?? 0,
        (result, [value]) =>
          Array.isArray(result) &&
          result.length === count.number &&
          result.every((item) => has(value, item) || item === undefined),
      )
    },
  ),
  operation(
    'uuid',
    [],
    (d, args) => Reflect.apply(d.uuid, d, args),
    () => ({
      is: 'value',
      check: (result) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(String(result)),
    }),
  ),
  operation(
    'string',
    [numbers, fc.oneof(strings, fc.constant(nothing))],
    (d, args) => Reflect.apply(d.string, d, args),
    (count, given) => {
      const from = given.undefined ? 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_' : given.string
      const wrong = [integer('length', count, 0, 2 ** 29 - 24), given.undefined ? undefined : alphabet(given)]
      const check = unless(wrong, (result) => {
        const characters = Array.from(String(result))
        return (
          typeof result === 'string' &&
          characters.length === count.number &&
          characters.every((c) => Array.from(from as string).includes(c))
        )
      })
      return check.is === 'value' && (count.number as number) > MUCH ? { is: 'skip' } : check
    },
  ),
]

/** A call of any of them. */
export const draws: fc.Arbitrary<Call<Drawing>> = fc.oneof(...DRAWS)
