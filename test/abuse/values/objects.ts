/** Objects and functions of every kind, and what throws when it is asked for anything. */

import { runInNewContext } from 'node:vm'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { converting, type Recipe, recipe, type Touch, Trap, type Truth, touchy } from './recipe.ts'

const everyTrap = (touch: Touch): ProxyHandler<never> =>
  new Proxy({}, { get: () => () => touchy(touch) }) as ProxyHandler<never>

const cyclic = (): object => {
  const value: { self?: unknown; length: number } = { length: 3 }
  value.self = value
  return value
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const NO_OPTIONS: [string, Truth, (touch: Touch) => unknown][] = [
  ['null', {}, () => null],
  ['true', {}, () => true],
  ['a symbol', {}, () => Symbol('5')],
  ['Symbol.iterator', {}, () => Symbol.iterator],
]

/** Objects without options of their own: they are good as options, and for nothing else. */
const OBJECTS: [string, (touch: Touch) => unknown][] = [
  ['{}', () => ({})],
  ['Object.create(null)', () => Object.create(null)],
  ['new Number(5)', () => new Number(5)],
  ["new String('aes')", () => new String('aes')],
  ['Object(5n)', () => Object(5n)],
  ['new Date(5)', () => new Date(5)],
  ['/5/', () => /5/],
  ['new Map()', () => new Map([[1, 2]])],
  ['new Set()', () => new Set([1, 2])],
  ['a promise', () => Promise.resolve(5)],
  ['an error', () => new RangeError('5')],
  ['an array-like', () => ({ length: 3, 0: 'a', 1: 'b', 2: 'c' })],
  [
    'arguments',
    () =>
      (function (..._: unknown[]) {
        // biome-ignore lint/complexity/noArguments: that is what it is
        return arguments
      })(1, 2),
  ],
  ['a cyclic object', cyclic],
  ['an ArrayBuffer', () => new ArrayBuffer(64)],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(64)],
  ['a WeakMap', () => new WeakMap()],
  ['an iterator', () => [1, 2][Symbol.iterator]()],
  ['a heir of Uint8Array.prototype', () => Object.create(Uint8Array.prototype)],
  ['a heir of Array.prototype', () => Object.create(Array.prototype)],
  ['a proxy of {}', () => new Proxy({}, {})],
  ['a proxy of a Uint8Array', () => new Proxy(new Uint8Array(64), {})],
  ['an object that converts', converting],
  ['an object of another realm', () => runInNewContext('({})')],
  ['options that are inherited', () => Object.create({ maxAge: -1, hash: 5, timeout: 'x', entropy: 5 })],
]

/** What throws when it is asked for anything. */
const TRAPS: [string, Truth, (touch: Touch) => unknown][] = [
  ['a proxy that throws', { trap: 'length', options: {} }, (touch) => new Proxy({} as never, everyTrap(touch))],
  ['a revoked proxy', { trap: 'revoked', options: {} }, () => revoked({})],
  ['a revoked proxy of an array', { trap: 'revoked', options: {} }, () => revoked([])],
]

const FUNCTIONS: [string, () => unknown][] = [
  ['an arrow', () => () => 5],
  ['a class', () => class {}],
  ['an async function', () => async () => 5],
  ['a generator', () => function* () {}],
  ['a bound function', () => Math.max.bind(null)],
  ['a proxy of a function', () => new Proxy(() => 5, {})],
  [
    'a function that throws',
    () => () => {
      throw new Trap('called')
    },
  ],
  ['a function that looks like a view', () => Object.assign(() => 5, { byteLength: 64, buffer: new ArrayBuffer(64) })],
]
export const functions: fc.Arbitrary<Recipe> = fc
  .constantFrom(...FUNCTIONS)
  .map(([name, make]) => recipe(name, { function: true }, make))

export const objects: fc.Arbitrary<Recipe> = fc
  .constantFrom(...OBJECTS)
  .map(([name, make]) => recipe(name, { options: {} }, make))
export const oddities: fc.Arbitrary<Recipe> = fc
  .constantFrom(...NO_OPTIONS, ...TRAPS)
  .map(([name, truth, make]) => recipe(name, truth, make))

/** With the least length of entropy that each is good for: SP 800-57 part 1, Table 3. */
export const HASHES: { [name: string]: { hash: unknown; strength: number } } = {
  sha1: { hash: sha1, strength: 16 },
  sha256: { hash: sha256, strength: 32 },
  sha512: { hash: sha512, strength: 32 },
}
export const hashes: fc.Arbitrary<Recipe> = fc
  .constantFrom(...Object.entries(HASHES))
  .map(([name, { hash }]) => recipe(name, { function: true, hash: name }, () => hash))
