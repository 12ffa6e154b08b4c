/** Which buffers are known for pools: by the function that called the guard, and by nothing else. */
import { runInThisContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeGuard } from '../../src/heal/guard.ts'
import { notePool } from '../../src/register/pools.ts'

const { pools } = makeGuard()
beforeEach(() => pools.clear())
afterEach(() => vi.restoreAllMocks())

/** Stands for a guard of node:crypto. */
function guard(view: ArrayBufferView, filled: number = view.byteLength): void {
  notePool(view, filled, guard)
}
const isKnown = (view: ArrayBufferView): boolean => [...pools].some((reference) => reference.deref() === view)

/** A function of this name in this file, which calls the guard. */
const caller = (name: string, filename: string): typeof guard =>
  runInThisContext(`(guard) => ({ ${name}(view, filled) { guard(view, filled) } }).${name}`, { filename })(guard)
const fillPool = caller('fillPool', '/app/bundle.js')

test('nanoid and older uuid', () => {
  const calls = [
    fillPool,
    caller('rng', '/app/node_modules/uuid/dist/rng.js'),
    caller('rng', 'C:\\node_modules\\uuid\\rng.js'),
  ]
  for (const call of calls) {
    const view = new Uint8Array(256)
    call(view)
    expect(isKnown(view)).toBe(true)
  }
  expect(pools.size).toBe(3)
})

test('nobody else: another name, another file, one call further up, too small', () => {
  const own = (view: Uint8Array): void => guard(view)
  const others: ((view: Uint8Array) => void)[] = [
    guard,
    own,
    caller('fillPools', '/app/bundle.js'),
    caller('rng', '/app/rng.js'),
    caller('rng', '/app/node_modules/uuids/rng.js'),
    runInThisContext('(own) => ({ fillPool(view) { own(view) } }).fillPool', { filename: '/app/b.js' })(own),
  ]
  for (const call of others) call(new Uint8Array(256))
  fillPool(new Uint8Array(127))
  fillPool(new Uint8Array(256), 127)
  expect(pools.size).toBe(0)
  fillPool(new Uint8Array(128)) // the control
  expect(pools.size).toBe(1)
})

test('each is remembered once, and those that are gone are forgotten', () => {
  const gone = { deref: () => undefined } as WeakRef<ArrayBufferView>
  pools.add(gone)
  const view = new Uint8Array(256)
  fillPool(view)
  fillPool(view)
  expect(pools.size).toBe(1)
  const another = new Uint8Array(256)
  fillPool(another)
  expect([isKnown(view), isKnown(another), pools.size]).toEqual([true, true, 2])
})

describe('Error.stackTraceLimit is as it was', () => {
  const own = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor
  afterEach(() => void Object.defineProperty(Error, 'stackTraceLimit', own))

  test.each([0, 1, 3, 10, Infinity])('%d', (limit) => {
    Error.stackTraceLimit = limit
    const view = new Uint8Array(256)
    fillPool(view)
    expect([isKnown(view), Error.stackTraceLimit]).toEqual([true, limit])
  })

  test('none', () => {
    Reflect.deleteProperty(Error, 'stackTraceLimit')
    fillPool(new Uint8Array(256))
    expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(false)
    expect(pools.size).toBe(1)
  })

  test('one that cannot be changed: no pool is known, and nothing is thrown', () => {
    Error.stackTraceLimit = 10
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false })
    fillPool(new Uint8Array(256))
    expect([Error.stackTraceLimit, pools.size]).toEqual([10, 0])
  })
})

test("a stack of Node's own frames alone", () => {
  vi.spyOn(Error, 'captureStackTrace').mockImplementation((holder: { stack?: string }) => {
    holder.stack = 'Error\n    at fillPool (node:internal/crypto/random:1:2)'
  })
  fillPool(new Uint8Array(256))
  expect(pools.size).toBe(0)
})
