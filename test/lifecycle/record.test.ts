/** The shared table: what is inherited, what is counted, and what threads do to it at the same time. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as Record from '../../src/lifecycle/record.ts'

let record: typeof Record
let inherited: unknown
let handedDown: unknown[] = []
const threads = {
  getEnvironmentData: (key: string): unknown => (key === 'atfork:1' ? inherited : undefined),
  setEnvironmentData: (...args: unknown[]): unknown => (handedDown = args),
}
let modules: { worker_threads?: unknown } = {}
let building = false

beforeEach(async () => {
  vi.resetModules()
  vi.doMock('../../src/builtins.ts', () => ({ builtin: (name: 'worker_threads') => modules[name] }))
  vi.doMock('../../src/startup-snapshot.ts', () => ({ buildingSnapshot: () => building }))
  modules = { worker_threads: threads }
  building = false
  inherited = undefined
  handedDown = []
  record = await import('../../src/lifecycle/record.ts')
})
afterEach(() => {
  vi.doUnmock('../../src/builtins.ts')
  vi.doUnmock('../../src/startup-snapshot.ts')
})

const table = (): Int32Array => record.isolate.shared.table

test('the record is one for the isolate, cannot be replaced, and is not seen by chance', () => {
  const symbol = Symbol.for('atfork:1')
  expect(Object.getOwnPropertyDescriptor(globalThis, symbol)).toEqual({
    value: record.isolate,
    enumerable: false,
    configurable: false,
    writable: false,
  })
})

test('sharing begins with a table of its own, which is handed down', () => {
  const before = table().slice()
  record.resumeSharing()
  expect(table().buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(table()).toHaveLength(16)
  expect(handedDown).toEqual(['atfork:1', table().buffer])
  // But for who runs this process: that is another one.
  expect([...table().subarray(0, 4), ...table().subarray(6)]).toEqual([...before.subarray(0, 4), ...before.subarray(6)])
  expect([...table().subarray(4, 6)]).toEqual([0, 0])
})

test('what the parent thread handed down is taken, if it is what it should be', () => {
  inherited = new SharedArrayBuffer(64)
  record.resumeSharing()
  expect(table().buffer).toBe(inherited)
  expect(handedDown).toEqual([])
  for (const other of [undefined, null, new SharedArrayBuffer(60), new SharedArrayBuffer(128), new ArrayBuffer(64)]) {
    inherited = other
    record.resumeSharing()
    expect(table().buffer).not.toBe(inherited)
    expect(handedDown).toEqual(['atfork:1', table().buffer])
  }
})

test.each<[what: string, set: () => void]>([
  ['where there are no threads', () => (modules = {})],
  ['while a snapshot is built', () => (building = true)],
])('%s the table is for this thread alone', (_what, set) => {
  set()
  record.resumeSharing()
  expect(table().buffer).toBeInstanceOf(ArrayBuffer)
  expect(table()).toHaveLength(16)
  expect(handedDown).toEqual([])
})

test('a table begins with generation 1', () => {
  const { table: old } = record.isolate.shared
  record.isolate.shared.table.fill(0)
  const set = vi.spyOn(Int32Array.prototype, 'set').mockImplementation(() => {})
  record.resumeSharing()
  set.mockRestore()
  expect(record.generation()).toBe(1)
  expect(table()).not.toBe(old)
})

test('each kind of event is told as what it is, once, and moves the generation on', () => {
  for (const kind of ['snapshot', 'fork', 'clone', 'manual', 'manual', 'fork'] as const) {
    const [generation, last] = [record.generation(), record.lastEvent()]
    record.publishEvent(kind)
    expect(record.generation()).toBe(generation + 1)
    expect(record.lastEvent()).not.toBe(last)
    expect(record.takeEvent()).toBe(kind)
    expect(record.takeEvent()).toBe(undefined)
  }
  const last = record.lastEvent()
  record.expirePools()
  expect(record.lastEvent()).toBe(last)
  expect(record.takeEvent()).toBe(undefined)
})

test('of several events the last stands for all, and their number goes on when it runs over', () => {
  record.publishEvent('fork')
  record.publishEvent('clone')
  expect(record.takeEvent()).toBe('clone')
  for (const before of [0, 2 ** 31 - 4, -4]) {
    table()[1] = before
    record.takeEvent()
    record.publishEvent('clone')
    expect(record.lastEvent()).toBe(((((before >>> 2) + 1) << 2) | 2) >> 0)
    expect(record.takeEvent()).toBe('clone')
  }
})

/** Another thread gets in between: the first `count` exchanges find `value` at their place. */
async function interfere(
  count: number,
  meddle: (table: Int32Array | BigInt64Array, index: number) => void,
): Promise<void> {
  const real = Atomics.compareExchange
  let left = count
  vi.spyOn(Atomics, 'compareExchange').mockImplementation(((...args: Parameters<typeof real>) => {
    if (left-- > 0) meddle(args[0] as unknown as Int32Array, args[1])
    return real(...args)
  }) as typeof real)
  vi.resetModules() // what is imported already has taken the real one
  record = await import('../../src/lifecycle/record.ts')
}

test('two threads that publish at once lose neither event', async () => {
  table()[1] = 8
  await interfere(2, (words, index) => {
    words[index] = (words[index] as number) + 4
  })
  record.publishEvent('fork')
  vi.restoreAllMocks()
  expect(record.lastEvent()).toBe(8 + 4 + 4 + 4 + 1)
})

test('two threads that ask for an id at once get two', async () => {
  record.advanceIds(() => 100n)
  await interfere(2, (words, index) => {
    words[index] = (words[index] as bigint) + 10n
  })
  expect(record.advanceIds((last) => last + 1n)).toBe(121n)
  vi.restoreAllMocks()
  expect(record.advanceIds((last) => last)).toBe(121n)
  expect([...table().subarray(14)]).toEqual([121, 0])
})

test('who runs the process is exchanged for who did, in 64 bits', () => {
  record.exchangeProcess(2n ** 62n + 1n)
  expect([...table().subarray(4, 6)]).toEqual([1, 2 ** 30])
  expect(record.exchangeProcess(5n)).toBe(2n ** 62n + 1n)
  expect(record.exchangeProcess(0n)).toBe(5n)
})

test('digests are XORed into 32 bytes of their own', () => {
  const before = record.mixed()
  const whole = table().slice()
  const digest = Uint8Array.from({ length: 40 }, (_, i) => i + 1).subarray(4, 36)
  record.mixIn(digest)
  const after = record.mixed()
  expect(after).toHaveLength(32)
  expect([...after]).toEqual(Array.from(before, (byte, i) => byte ^ (digest[i] as number)))
  expect([...table().subarray(0, 6)]).toEqual([...whole.subarray(0, 6)])
  expect([...table().subarray(14)]).toEqual([...whole.subarray(14)])
  record.mixIn(digest)
  expect(record.mixed()).toEqual(before)
  record.mixed().fill(0xff)
  expect(record.mixed(), 'it is a copy').toEqual(before)
})

test('without Atomics, as while a snapshot is built, all of this is the same', () => {
  vi.stubGlobal('Atomics', undefined)
  try {
    const generation = record.generation()
    record.publishEvent('clone')
    expect([record.generation(), record.takeEvent()]).toEqual([generation + 1, 'clone'])
    record.exchangeProcess(7n)
    expect(record.exchangeProcess(0n)).toBe(7n)
    const before = record.mixed()
    record.mixIn(new Uint8Array(32).fill(0x55))
    expect(record.mixed()).toEqual(before.map((byte) => byte ^ 0x55))
    let asked = 0
    const next = (last: bigint): bigint => {
      if (asked++ === 0) record.advanceIds(() => 40n) // it draws an id itself
      return last + 1n
    }
    expect(record.advanceIds(next)).toBe(41n)
    expect(record.advanceIds((last) => last)).toBe(41n)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('without Atomics, as while a snapshot is built, all of it counts and exchanges the same', async () => {
  vi.stubGlobal('Atomics', undefined)
  vi.resetModules()
  modules = {}
  const building = await import('../../src/lifecycle/record.ts')
  building.isolate.shared.table.fill(0)
  const set = vi.spyOn(Int32Array.prototype, 'set').mockImplementation(() => {})
  building.resumeSharing()
  set.mockRestore()
  expect(building.generation()).toBe(1)
  building.expirePools()
  expect(building.generation()).toBe(2)
  expect([building.exchangeProcess(5n), building.exchangeProcess(6n), building.exchangeProcess(0n)]).toEqual([
    0n,
    5n,
    6n,
  ])
  expect(building.advanceIds((last) => last + 3n)).toBe(3n)
  building.publishEvent('clone')
  expect(building.lastEvent()).toBe((1 << 2) | 2)
  building.mixIn(new Uint8Array(32).fill(3))
  building.mixIn(new Uint8Array(32).fill(5))
  expect(building.mixed()).toEqual(new Uint8Array(32).fill(6))
  vi.unstubAllGlobals()
})

test('whoever replaces a function of Atomics later changes nothing', () => {
  const before = record.generation()
  const load = vi.spyOn(Atomics, 'load').mockReturnValue(77 as never)
  const add = vi.spyOn(Atomics, 'add').mockReturnValue(77 as never)
  record.expirePools()
  expect(record.generation()).toBe(before + 1)
  expect([load.mock.calls, add.mock.calls]).toEqual([[], []])
  vi.restoreAllMocks()
})
