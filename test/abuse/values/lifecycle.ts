/** Every kind of value at hooks and resources. What is refused is not registered. */
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { atfork, forkLocal, healing, postfork, prefork, ready } from '../../../src/index.ts'
import { isolate } from '../../../src/lifecycle/record.ts'
import { abuse, seed } from './cases.ts'
import { functions } from './objects.ts'
import { type Call, operation } from './operation.ts'
import { aFunction, type Expected, integer, optional, options, withOptions } from './oracle.ts'
import type { Truth } from './recipe.ts'
import { numbers } from './scalars.ts'
import { check } from './twins.ts'
import { anything, optionsOf, some } from './values.ts'

isolate.child = undefined // the test's own process is a child, in which hooks would run at once

const registered = (): number => isolate.postfork.length + isolate.prefork.length

const timed = optionsOf({ timeout: some(numbers) })
const disposing = optionsOf({ dispose: some(functions) })

const hookExpectation =
  (decorates: boolean) =>
  (hook: Truth, given: Truth): Expected => {
    // What an experimental decorator passes is told apart.
    const symbolOrString = decorates && given.options === undefined && !given.undefined
    const wrong = options(given, { timeout: optional((time) => integer('timeout', time, 1, 2 ** 31 - 1)) })
    const expected = withOptions(wrong, [aFunction('hook', hook)], (result) => result === 'a hook')
    return symbolOrString && expected.is === 'refused'
      ? { is: 'refused', refusals: [...expected.refusals, { error: 'TypeError', label: '@postfork' }] }
      : expected
  }

/** Registers, looks at what came of it, and takes it away twice. */
const register =
  (into: (...args: never[]) => unknown) =>
  (_: object, args: never[]): unknown => {
    const before = registered()
    const unregister = into(...args) as Disposable & (() => void)
    if (registered() !== before + 1 || typeof unregister !== 'function') return 'nothing'
    unregister()
    unregister[Symbol.dispose]()
    return registered() === before ? 'a hook' : 'a hook that stays'
  }

const hooks: fc.Arbitrary<Call<object>> = fc.oneof(
  operation('postfork', [functions, timed], register(postfork as never), hookExpectation(true)),
  operation('prefork', [functions, timed], register(prefork as never), hookExpectation(false)),
  operation(
    'forkLocal',
    [functions, disposing],
    (_, args) => {
      const local = Reflect.apply(forkLocal, undefined, args)
      return local.drop() === undefined && Object.keys(local).join()
    },
    (create, given) =>
      withOptions(
        options(given, { dispose: optional((dispose) => aFunction('dispose', dispose)) }),
        [aFunction('create', create)],
        (result) => result === 'get,drop',
      ),
  ),
)

afterEach(() => {
  vi.unstubAllEnvs()
})

test('postfork, prefork, forkLocal', () => {
  const before = registered()
  abuse(
    'lifecycle',
    hooks,
    (calls) =>
      check(
        calls,
        () => ({}),
        () => registered() - before,
        [],
      ),
    0.9,
  )
  expect(registered()).toBe(before)
})

/** They take no arguments, and look at none. */
const blind: fc.Arbitrary<Call<object>> = fc.oneof(
  operation(
    'healing',
    [anything],
    (_, args) => Reflect.apply(healing, undefined, args),
    () => ({
      is: 'value',
      check: (result) => Object.keys(result as object).length === 5,
    }),
  ),
  operation(
    'ready',
    [anything],
    (_, args) => Reflect.apply(ready, undefined, args),
    () => ({
      is: 'value',
      check: (result) => result instanceof Promise,
    }),
    false,
  ),
  operation(
    'prefork.run',
    [anything],
    (_, args) => Reflect.apply(prefork.run, undefined, args),
    () => ({
      is: 'value',
      check: (result) => result instanceof Promise,
    }),
    false,
  ),
)

test('healing, ready, prefork.run', async () => {
  abuse(
    'lifecycle',
    blind,
    (calls) =>
      check(
        calls,
        () => ({}),
        () => 0,
        [],
      ),
    0.1,
  )
  await ready()
})

test('what a hook throws, returns or resolves to, of whatever kind, reaches the caller and stops no other hook', async () => {
  vi.stubEnv('ATFORK_HEAL', 'off')
  await fc.assert(
    fc.asyncProperty(anything, fc.boolean(), async ({ make }, throws) => {
      const { value } = make(() => undefined)
      let after = 0
      const hooks = [
        postfork(() => {
          if (throws) throw value
          return value
        }),
        postfork(() => void after++),
      ]
      const failures: unknown[] = []
      try {
        atfork()
      } catch (error) {
        failures.push(error)
      }
      await ready().catch((error) => failures.push(error))
      for (const unregister of hooks) unregister()
      expect(after).toBe(1)
      // What throws as it is asked whether it is a promise is a failure of the hook.
      if (throws) expect(failures).toHaveLength(1)
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(AggregateError)
        expect((failure as AggregateError).errors).toHaveLength(1)
        if (throws) expect(Object.is((failure as AggregateError).errors[0], value)).toBe(true)
      }
    }),
    { seed, numRuns: 100 },
  )
})
