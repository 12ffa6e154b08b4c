/** Arrays of every kind, and what passes for one. */

import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { converting, Recipe, type Touch, Trap, type Truth, touchy } from './recipe.ts'

const CONVERTING = [converting(() => undefined), converting(() => undefined)]

const list = (name: string, truth: Truth, make: (touch: Touch) => unknown[], honest = true): Recipe =>
  new Recipe(name, truth, (touch) => {
    const value = make(touch)
    return honest ? { value, contents: () => [...value] } : { value }
  })

class Subclass extends Array<unknown> {
  static override get [Symbol.species](): never {
    throw new Trap('species')
  }
}

/** A proxy of three items whose length is whatever it says. It runs the caller's code each time. */
const withLength = (length: unknown): Recipe =>
  list(
    `a proxy of length ${typeof length === 'object' ? 'object' : String(length)}`,
    { length },
    (touch) =>
      new Proxy(['a', 'b', 'c'], {
        get(target, name) {
          touch()
          return name === 'length' ? length : Reflect.get(target, name)
        },
      }),
    false,
  )

/** A proxy that throws at its length, or at its items. */
const trapping = (trap: 'length' | 'items'): Recipe =>
  list(
    `a proxy that throws at its ${trap}`,
    { trap, length: 3 },
    (touch) =>
      new Proxy(['a', 'b', 'c'], {
        get: (target, name) =>
          (name === 'length') === (trap === 'length') ? touchy(touch) : Reflect.get(target, name),
      }),
    false,
  )

const LISTS: Recipe[] = [
  list('[]', { length: 0 }, () => []),
  list("['a']", { length: 1 }, () => ['a']),
  list('an array with holes', { length: 5 }, () => {
    const items: unknown[] = [1, 2]
    items.length = 5
    return items
  }),
  list('a cyclic array', { length: 2 }, () => {
    const items: unknown[] = [1]
    items.push(items)
    return items
  }),
  list('a frozen array', { length: 3, frozen: true }, () => Object.freeze([1, 2, 3]) as never),
  list('a frozen []', { length: 0, frozen: true }, () => Object.freeze([]) as never),
  list('a sealed array', { length: 3 }, () => Object.seal([1, 2, 3])),
  list('a subclassed array', { length: 3 }, () => Subclass.of(1, 2, 3)),
  list('an array of objects that convert', { length: 2 }, () => [...CONVERTING]),
  list('an array of another realm', { length: 3 }, () => runInNewContext('[1, 2, 3]')),
  list('an array of all kinds', { length: 6 }, () => [undefined, null, NaN, -0, 5n, 'x']),
  list(
    'an array that iterates otherwise',
    { length: 3 },
    (touch) => Object.assign([1, 2, 3], { [Symbol.iterator]: () => touchy(touch) }),
    false,
  ),
  trapping('length'),
  trapping('items'),
  ...[3, 0, 2, 2 ** 32 - 1, 2 ** 32, -1, 1.5, NaN, undefined, null, '3', 3n, {}].map(withLength),
]
export const lists: fc.Arbitrary<Recipe> = fc.oneof(
  fc.constantFrom(...LISTS),
  fc.array(fc.nat(9), { maxLength: 40 }).map((items) => list(`[${items}]`, { length: items.length }, () => [...items])),
)
