/** Hooks, seen from inside: what is kept of them, and what is said of odd ones. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nameOf, postfork, runPostfork, runPreforkAtOnce } from '../../src/lifecycle/hooks.ts'
import { prefork } from '../../src/lifecycle/prefork.ts'
import { ready } from '../../src/lifecycle/ready.ts'
import { type ForkEvent, isolate } from '../../src/lifecycle/record.ts'

const EVENT: ForkEvent = { kind: 'manual', generation: 1, pid: 1, threadId: 0 }
const { child } = isolate // the suite may run in one

beforeEach(() => {
  isolate.child = undefined
})
afterEach(() => {
  isolate.postfork.length = 0
  isolate.prefork.length = 0
  isolate.runs.clear()
  isolate.child = child
})

test.each([undefined, null, 5, 'text', {}, () => {}])(
  'a hook that returns %o is done at once: nothing is kept, and nothing has failed',
  (value) => {
    postfork(() => value)
    expect(runPostfork(EVENT)).toBeUndefined()
    expect(isolate.runs.size).toBe(0)
  },
)

test('what is pending is kept until it is done, whatever happens meanwhile', async () => {
  let done: (() => void) | undefined
  const remove = postfork(() => new Promise<void>((resolve) => (done = resolve)))
  runPostfork(EVENT)
  expect(isolate.runs.size).toBe(1)
  remove()
  runPostfork(EVENT)
  expect(isolate.runs.size).toBe(1)
  done?.()
  await ready()
  expect(isolate.runs.size).toBe(0)
})

test('what has failed is kept until the next event', async () => {
  const remove = postfork(async () => {
    throw new Error('later')
  })
  runPostfork(EVENT)
  await expect(ready()).rejects.toThrow('later')
  expect(isolate.runs.size).toBe(1)
  remove()
  runPostfork(EVENT)
  expect(isolate.runs.size).toBe(0)
})

test('ready() tells all failures in one line', async () => {
  isolate.child = EVENT // hooks run as they are registered
  for (const name of ['one', 'two'])
    postfork(Object.defineProperty(() => Promise.reject(new Error(`no ${name}`)), 'name', { value: name }))
  await expect(ready()).rejects.toMatchObject({
    message: '1 hook(s) failed: one: no one: see errors; 1 hook(s) failed: two: no two: see errors',
  })
})

test('an error that cannot be read is handed on as it is', () => {
  const error = Object.defineProperty(new Error(), 'message', {
    get() {
      throw new Error('not now')
    },
  })
  postfork(function odd() {
    throw error
  })
  const failure = runPostfork(EVENT)
  expect(failure?.message).toBe('1 hook(s) failed: odd: it threw an error that cannot be read: see errors')
  expect(failure?.errors[0]).toBe(error)
})

test.each([
  [function named() {}, 'named'],
  [() => {}, 'a function without a name'],
  [Object.defineProperty(() => {}, 'name', { value: 7 }), 'a function without a name'],
])('the name of %o', (call, name) => {
  expect(nameOf(call)).toBe(name)
})

test.each([
  [null, '"options" expected an object, got null'],
  ['method', '"@postfork" expected a standard decorator\'s arguments'],
  [Symbol('method'), '"@postfork" expected a standard decorator\'s arguments'],
])('a second argument that is %o is refused by its own message', (options, message) => {
  expect(() => postfork(() => {}, options as never)).toThrow(message)
  expect(isolate.postfork).toEqual([])
})

describe('prefork hooks before a snapshot', () => {
  test('end the build if one fails, after all have run, and say which and why', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never)
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const ran: string[] = []
    prefork(() => ran.push('last'))
    prefork(async function promising() {})
    prefork(function throwing() {
      throw new Error('no')
    })
    runPreforkAtOnce()
    const [[error]] = told.mock.calls as [[AggregateError]]
    expect(exit.mock.calls).toEqual([[1]])
    expect(error.message).toBe(
      '2 hook(s) failed: throwing: no; promising: "prefork hook" expected to be synchronous before a snapshot, got a promise: nothing can be awaited there: see errors',
    )
    expect(error.errors).toHaveLength(2)
    expect(ran).toEqual(['last'])
    vi.restoreAllMocks()
  })

  test('do nothing more if none does', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never)
    prefork(() => {})
    runPreforkAtOnce()
    expect(exit).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
