/** Pools that libraries have drawn ahead: those that exist are remixed, those that are gone are forgotten. */
import { afterEach, expect, test, vi } from 'vitest'
import { makeGuard } from '../../src/heal/guard.ts'
import { remixPools } from '../../src/heal/library-pools.ts'

const { pools } = makeGuard()
afterEach(() => pools.clear())

const add = (pool: ArrayBufferView | undefined): void =>
  void pools.add({ deref: () => pool } as WeakRef<ArrayBufferView>)

test('each byte of a pool is XORed with a fresh one, the view alone', () => {
  const buffer = new Uint8Array(8).fill(0x0f)
  add(new DataView(buffer.buffer, 2, 4))
  add(new Uint16Array(2))
  const drawn: Uint8Array[] = []
  const fill = vi.fn((bytes: Uint8Array) => void drawn.push(bytes.fill(0x35)))
  expect(remixPools(pools, fill)).toBe(2)
  expect([...buffer]).toEqual([0x0f, 0x0f, 0x3a, 0x3a, 0x3a, 0x3a, 0x0f, 0x0f])
  expect(drawn).toEqual([new Uint8Array(4), new Uint8Array(4)]) // wiped
})

test('one that the collector has taken is forgotten', () => {
  add(undefined)
  const live = new Uint8Array(4)
  add(live)
  expect(remixPools(pools, (bytes) => bytes.fill(1))).toBe(1)
  expect(pools.size).toBe(1)
  expect([...live]).toEqual([1, 1, 1, 1])
})

test('none', () => {
  expect(remixPools(pools, () => expect.fail('drew'))).toBe(0)
})
