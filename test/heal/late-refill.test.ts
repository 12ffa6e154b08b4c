/**
 * The integers are emptied once more after a refill that was at work when the process was copied. That is asked for once,
 * however many copies there are meanwhile; but in a copy by fork(2) the thread that was asked is not there.
 */
import crypto from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, expect, test, vi } from 'vitest'
import { heal } from '../../src/heal/healing.ts'
import type { ForkEvent } from '../../src/lifecycle/record.ts'

// No foreign function interface: OpenSSL has no part in this.
vi.stubEnv('ATFORK_HEAL', 'caches')
const after = (kind: ForkEvent['kind']): void => heal({ kind } as ForkEvent, (bytes) => void bytes.fill(1))

/** What a thread was asked to do before it calls back, which it does when the test says so. */
let asked: (() => void)[] = []
vi.spyOn(crypto, 'randomFill').mockImplementation(((_: Uint8Array, callback: () => void) => {
  asked.push(callback)
}) as never)
async function answer(): Promise<void> {
  for (const callback of asked) callback()
  await turn()
  await turn()
}
beforeEach(() => {
  asked = []
})

test('asked for once while it is awaited, and again after that', async () => {
  for (let i = 0; i < 3; i++) after('manual')
  await turn()
  after('manual')
  await turn()
  expect(asked).toHaveLength(1)
  await answer()
  after('manual')
  await turn()
  expect(asked).toHaveLength(2)
  await answer()
})

test('a copy by fork(2) asks again: in it nobody would answer', async () => {
  after('manual')
  after('fork')
  after('fork')
  await turn()
  expect(asked).toHaveLength(3)
  await answer()
})

test('a process from a snapshot has no such thread', async () => {
  after('snapshot')
  await turn()
  expect(asked).toHaveLength(0)
})
