/** Numbers, bigints, strings. */
import fc from 'fast-check'
import { type Recipe, recipe } from './recipe.ts'

const printed = (value: unknown): string => (Object.is(value, -0) ? '-0' : String(value))

const number = (value: number): Recipe => recipe(printed(value), { number: value }, () => value)
const EDGES = [
  -0,
  NaN,
  Infinity,
  -Infinity,
  0.5,
  -1.5,
  1e300,
  5e-324,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 53 + 2,
  -(2 ** 53) + 1,
]
const BOUNDS = [
  -1,
  0,
  1,
  2,
  255,
  256,
  257,
  2 ** 16,
  2 ** 16 + 1,
  2 ** 20 + 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 1,
]
export const numbers: fc.Arbitrary<Recipe> = fc
  .oneof(
    { weight: 4, arbitrary: fc.nat(300) },
    { weight: 4, arbitrary: fc.constantFrom(...EDGES, ...BOUNDS, 2 ** 29, 2 ** 25 + 1) },
    fc.maxSafeInteger(),
    fc.double(),
  )
  .map(number)

export const bigints: fc.Arbitrary<Recipe> = fc
  .oneof(
    fc.bigInt(-1000n, 1000n),
    fc.bigInt(),
    fc.constantFrom(0n, 1n, 2n ** 64n, (1n << 20_000n) - 1n, (1n << (2n ** 20n)) + 1n, -(1n << (2n ** 20n))),
  )
  .map((value) =>
    recipe(value > 2n ** 99n || value < -(2n ** 99n) ? 'a long bigint' : `${value}n`, { bigint: value }, () => value),
  )

const ODD_STRINGS = [
  '',
  '5',
  '0x10',
  'aa',
  '😀',
  '😀b😀',
  'ab😀',
  '\ud800',
  '\udc00\ud800',
  '__proto__',
  'constructor',
  'aes',
  'throw',
  '\0',
]
/** fast-check's own units take seconds to be made. */
const UNITS = ['a', 'b', 'Z', '0', ' ', '\n', 'é', '\u0301', '漢', '😀', '𐀀', '\ud83d', '\ude00', '\0', '/']
export const strings: fc.Arbitrary<Recipe> = fc
  .oneof(
    fc.constantFrom(...ODD_STRINGS),
    fc.array(fc.constantFrom(...UNITS), { maxLength: 12 }).map((units) => units.join('')),
    fc.string({ maxLength: 5 }),
  )
  .map((value) => recipe(JSON.stringify(value), { string: value }, () => value))

export const nothing: Recipe = recipe('undefined', { undefined: true }, () => undefined)
