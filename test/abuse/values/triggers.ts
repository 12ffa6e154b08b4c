/** Every kind of value at the triggers and at tweetnacl's installer. What is refused leaves nothing running. */
import { constants } from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { httpHandler, onFileChange, onHttp, onSignal, onVmClock } from '../../../src/triggers.ts'
import { install } from '../../../src/tweetnacl.ts'
import { abuse } from './cases.ts'
import { functions } from './objects.ts'
import { type Call, operation } from './operation.ts'
import { type Expected, integer, optional, options, type Refusal, unless, withOptions } from './oracle.ts'
import { Recipe, type Truth } from './recipe.ts'
import { numbers, strings } from './scalars.ts'
import { check } from './twins.ts'
import { anything, optionsOf, some } from './values.ts'
import { byteViews } from './views.ts'

const listeners = (): number => process.eventNames().filter((name) => String(name).startsWith('SIG')).length

/** Disposes of it, twice. */
function disposed(trigger: Disposable): string {
  trigger[Symbol.dispose]()
  trigger[Symbol.dispose]()
  return 'disposed'
}
const isDisposed = (result: unknown): boolean => result === 'disposed'

const type = (label: string): Refusal => ({ error: 'TypeError', label })
const range = (label: string): Refusal => ({ error: 'RangeError', label })

const UNCATCHABLE = ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL']
const SIGNALS = ['SIGUSR2', 'SIGHUP', 'SIGWINCH', 'sigusr2', 'SIGNONE', 'toString', ...UNCATCHABLE]
const signal = ({ string }: Truth): Refusal | undefined => {
  if (string === undefined) return type('signal')
  return Object.keys(constants.signals).includes(string) && !UNCATCHABLE.includes(string) ? undefined : range('signal')
}
const text = (value: string): Recipe => new Recipe(JSON.stringify(value), { string: value }, () => ({ value }))

const path = ({ string }: Truth): Refusal | undefined =>
  string === undefined ? type('path') : string === '' || string.includes('\0') ? range('path') : undefined
const polling = optionsOf({ interval: some(numbers) })
const interval = (given: Truth): ReturnType<typeof options> =>
  options(given, { interval: optional((time) => integer('interval', time, 1, 2 ** 31 - 1)) })

/** Lists of paths, and what is wrong with them. */
const PATHS: [name: string, make: () => unknown, wrong?: 'kind' | 'value'][] = [
  ["['/a', '/b']", () => ['/a', '/b']],
  ['frozen paths', () => Object.freeze(['/a'])],
  ['[]', () => [], 'value'],
  ["['a']", () => ['a'], 'value'],
  ["['/a?b']", () => ['/a?b'], 'value'],
  ["['']", () => [''], 'value'],
  ['[5]', () => [5], 'kind'],
  ["[new String('/a')]", () => [new String('/a')], 'kind'],
  ['paths with a hole', () => new Array(2), 'kind'],
  ["new Set(['/a'])", () => new Set(['/a']), 'kind'],
]
const pathLists = fc
  .constantFrom(...PATHS)
  .map(([name, make, wrong = 'nothing']) => new Recipe(name, { string: wrong }, () => ({ value: make() })))
const paths = ({ string }: Truth): Refusal | undefined =>
  string === 'nothing' ? undefined : string === 'value' ? range('paths') : type('paths')
const notPaths = fc.oneof(numbers, functions, byteViews)

const host = ({ string }: Truth): Refusal | undefined =>
  string === undefined ? type('host') : string === '' ? range('host') : undefined

const triggers: fc.Arbitrary<Call<object>> = fc.oneof(
  operation(
    'onSignal',
    [fc.constantFrom(...SIGNALS).map(text)],
    (_, args) => disposed(Reflect.apply(onSignal, undefined, args)),
    (name) => unless([signal(name)], isDisposed),
  ),
  operation(
    'onFileChange',
    [strings, polling],
    (_, args) => disposed(Reflect.apply(onFileChange, undefined, args)),
    (file, given) => withOptions(interval(given), [path(file)], isDisposed),
  ),
  operation(
    'onVmClock',
    [strings, polling],
    (_, args) => disposed(Reflect.apply(onVmClock, undefined, args)),
    (file, given) => withOptions(interval(given), [file.undefined ? undefined : path(file)], isDisposed),
  ),
  operation(
    'httpHandler',
    [optionsOf({ paths: fc.oneof({ weight: 3, arbitrary: pathLists }, notPaths) })],
    (_, args) => typeof Reflect.apply(httpHandler, undefined, args),
    (given) => withOptions(options(given, { paths: optional(paths) }), [], (result) => result === 'function'),
  ),
  operation(
    'onHttp',
    [optionsOf({ port: some(numbers), host: some(strings), paths: fc.oneof(pathLists, notPaths) })],
    (_, args) => disposed(Reflect.apply(onHttp, undefined, args)),
    (given): Expected => {
      const checks = {
        port: (port: Truth) => integer('port', port, 0, 65535),
        host: optional(host),
        paths: optional(paths),
      }
      // The port is checked before the paths are read: either error is right.
      const { trap, ...untrapped } = given
      const wrong = options(untrapped, checks, true)
      const expected = withOptions(trap !== undefined && wrong.length === 0 ? 'trap' : wrong, [], isDisposed)
      if (expected.is === 'value') return { is: 'skip' } // it listens: test/triggers/http.test.ts
      return expected.is === 'refused' && trap !== undefined ? { ...expected, orTrap: true } : expected
    },
  ),
  operation(
    'install',
    [anything],
    (_, args) => Reflect.apply(install, undefined, args),
    (nacl) => ({ is: 'refused', refusals: [type('nacl')], ...(nacl.trap !== undefined && { orTrap: true }) }),
  ),
)

test('onSignal, onFileChange, onVmClock, httpHandler, onHttp, install', () => {
  const before = listeners()
  abuse('triggers', triggers, (calls) =>
    check(
      calls,
      () => ({}),
      () => listeners() - before,
      [],
    ),
  )
  expect(listeners()).toBe(before)
})
