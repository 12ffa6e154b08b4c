/** One function, and what is right for each list of arguments. */
import fc from 'fast-check'
import type { Expected } from './oracle.ts'
import type { Recipe, Truth } from './recipe.ts'
import { anything } from './values.ts'

/** One call with its arguments. */
export interface Call<Target> {
  operation: Operation<Target>
  args: Recipe[]
  toString: () => string
}

export interface Operation<Target> {
  name: string
  call: (target: Target, args: never[]) => unknown
  expect: (...args: Truth[]) => Expected
  /** Whether the same state gives the same result. */
  repeatable: boolean
}

const NOTHING: Truth = { undefined: true }

export function operation<Target>(
  name: string,
  params: fc.Arbitrary<Recipe>[],
  call: Operation<Target>['call'],
  expect: Operation<Target>['expect'],
  repeatable = true,
): fc.Arbitrary<Call<Target>> {
  const suited = fc.tuple(...params)
  // Any number of arguments: what is missing is undefined, and what is too much is nobody's.
  const any = fc.array(anything, { maxLength: params.length + 1 })
  const mixed = fc.tuple(...params.map((param) => fc.oneof(param, anything)))
  const wrapped: Operation<Target> = {
    name,
    call,
    repeatable,
    expect: (...args) => expect(...Array.from({ length: params.length }, (_, i) => args[i] ?? NOTHING)),
  }
  return fc
    .oneof({ weight: 2, arbitrary: suited }, { weight: 2, arbitrary: mixed }, { weight: 1, arbitrary: any })
    .map((args) => ({
      operation: wrapped,
      args,
      toString: () => `${name}(${args.map((arg) => arg.name).join(', ')})`,
    }))
}
