import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { atfork, createRandom, ForkError, random } from '../../src/index.ts'
import { onCopy } from '../../src/lifecycle/atfork.ts'
import { identity } from '../../src/lifecycle/identity.ts'
import { expirePools, type ForkEvent, generation, isolate, lastEvent, mixed } from '../../src/lifecycle/record.ts'

let events: ForkEvent[] = []
beforeEach(() => {
  random(16)
  events = []
  onCopy((event) => events.push(event))
})
afterEach(() => {
  isolate.listeners.length = 0
})

test('atfork() begins a generation, and its listeners have heard of it when it returns', () => {
  const before = generation()
  atfork()
  expect(generation()).toBe(before + 1)
  expect(events).toEqual([{ kind: 'manual', generation: before + 1, pid: process.pid, threadId: 0 }])
})

test('what is taken in changes with each atfork(), and with what it was given', () => {
  const values = [mixed()]
  for (const extra of [undefined, Uint8Array.of(1), Uint8Array.of(1), Buffer.from('clone 7')]) {
    atfork(extra)
    values.push(mixed())
  }
  expect(new Set(values.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(5)
})

test.each([['a string'], [7], [null], [new Uint16Array(1)], [new ArrayBuffer(8)], [[1, 2]]])(
  'atfork(%o) is refused and nothing has happened',
  (extra) => {
    const before = [generation(), mixed()]
    expect(() => atfork(extra as unknown as Uint8Array)).toThrow(/^"extra" expected a Uint8Array, got /)
    expect([generation(), mixed()]).toEqual(before)
    expect(events).toEqual([])
  },
)

test('the identity holds the live pid and never stands still', () => {
  const numbers = new Float64Array(identity().buffer)
  expect(numbers[0]).toBe(process.pid)
  expect(Buffer.compare(identity(), identity())).not.toBe(0)
})

test("a generator made with onFork: 'throw' refuses after a copy until it is reseeded", () => {
  const strict = createRandom({ onFork: 'throw' })
  strict(16)
  atfork()
  expect(() => strict(16)).toThrow(ForkError)
  expect(() => strict.uuid()).toThrow(expect.objectContaining({ code: 'ERR_FORKED' }))
  random(16) // others go on
  strict.reseed()
  strict(16)
  expirePools() // a generation without a copy
  strict(16)
})

test('a parent that starts a process or a thread refills, and hears of no copy', async () => {
  const strict = createRandom({ onFork: 'throw' })
  strict(16)
  for (const start of [
    () => promisify(execFile)(process.execPath, ['--version']),
    () => once(spawn('/no/such/program'), 'error'),
    () => once(new Worker('', { eval: true }), 'exit'),
  ]) {
    const before = generation()
    const event = lastEvent()
    await start()
    expect(generation()).toBeGreaterThan(before)
    expect(lastEvent()).toBe(event)
    strict(16)
  }
  expect(events).toEqual([])
})

test('a copy that a draw notices is told to listeners after the draw, not within it', async () => {
  const { exchangeProcess } = await import('../../src/lifecycle/record.ts')
  random(16)
  exchangeProcess((1n << 42n) | 1n) // as if another process had been here before: pid 1, started at tick 1
  expirePools()
  random(16)
  expect(events).toEqual([])
  await Promise.resolve()
  expect(events.map(({ kind }) => kind)).toEqual(['fork'])
  const stamp = exchangeProcess(0n)
  exchangeProcess(stamp - 1n) // the same pid, another start time
  expirePools()
  random(16)
  await Promise.resolve()
  expect(events.map(({ kind }) => kind)).toEqual(['fork', 'clone'])
})

test('two copies of the package in one isolate share one generation', async () => {
  vi.resetModules()
  const second = await import('../../src/index.ts')
  expect(second.atfork).not.toBe(atfork)
  const strict = createRandom({ onFork: 'throw' })
  strict(16)
  const before = generation()
  second.atfork()
  expect(generation()).toBe(before + 1)
  expect(() => strict(16)).toThrow(ForkError)
})
