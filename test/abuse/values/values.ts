/** Any value at all, and options made of them. */
import fc from 'fast-check'
import { lists } from './lists.ts'
import { functions, objects, oddities } from './objects.ts'
import { Recipe, type Touch, Trap, type Truth } from './recipe.ts'
import { bigints, nothing, numbers, strings } from './scalars.ts'
import { views } from './views.ts'

/** Anything at all. */
export const anything: fc.Arbitrary<Recipe> = fc.oneof(
  numbers,
  bigints,
  strings,
  fc.constant(nothing),
  objects,
  oddities,
  functions,
  views,
  lists,
)

/** Mostly these. */
export const some = (arbitrary: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: anything })

/** Options, good or bad, put together in ways that are all the same to who reads them. */
export function optionsOf(arbitraries: Record<string, fc.Arbitrary<Recipe>>): fc.Arbitrary<Recipe> {
  const names = Object.keys(arbitraries)
  const plain = fc
    .record({
      style: fc.constantFrom('plain', 'null prototype', 'frozen', 'getters', 'proxy', 'cyclic', 'trap'),
      given: fc.record(arbitraries, { requiredKeys: [] }) as fc.Arbitrary<Record<string, Recipe | undefined>>,
    })
    .map(({ style, given }) => {
      const own = names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]))
      const truth: Truth = {
        options: Object.fromEntries(own.map(([name, { truth }]) => [name, truth])),
        ...(style === 'trap' && own.length > 0 && { trap: 'length' as const }),
      }
      const name = `${style} {${own.map(([name, { name: what }]) => ` ${name}: ${what}`)} }`
      return new Recipe(name, truth, (touch) => {
        const made = own.map(([name, recipe]) => [name, recipe.make(touch)] as const)
        const contents = (): unknown[] => made.flatMap(([, { contents }]) => contents?.() ?? [])
        return {
          value: assemble(
            style,
            made.map(([name, { value }]) => [name, value]),
            touch,
          ),
          contents,
        }
      })
    })
  return fc.oneof({ weight: 8, arbitrary: plain }, fc.constant(nothing), anything)
}

function assemble(style: string, entries: (readonly [string, unknown])[], touch: Touch): object {
  if (style === 'getters' || style === 'trap') {
    const get = (value: unknown) => () => {
      touch()
      if (style === 'trap') throw new Trap('was called')
      return value
    }
    return Object.defineProperties({}, Object.fromEntries(entries.map(([name, value]) => [name, { get: get(value) }])))
  }
  const options = Object.assign(style === 'null prototype' ? Object.create(null) : {}, Object.fromEntries(entries))
  if (style === 'frozen') return Object.freeze(options)
  if (style === 'cyclic') return Object.assign(options, { self: options })
  return style === 'proxy'
    ? new Proxy(options, { get: (target, name) => touch() ?? Reflect.get(target, name) })
    : options
}
