/**
 * The integers are emptied once more after a refill that was at work when the process was copied. That is asked for once,
 * however many copies there are meanwhile; but in a copy by fork(2) the thread that was asked is not there.
 */
import crypto from 'node:crypto'
import { beforeEach, expect, test, vi } from 'vitest'
import { heal } from '../../src/heal/healing.ts'
import type { ForkEvent } from '../../src/lifecycle/record.ts'

// No foreign function interface: OpenSSL has no part in this.
vi.stubEnv('ATFORK_HEAL', 'caches')
const fill = (bytes: Uint8Array): void => void bytes.fill(1)
const after = (kind: ForkEvent['kind']): void => heal({ kind } as ForkEvent, fill)
const asked = vi.spyOn(crypto, 'randomFill')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
/** Until all that was asked for is over. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))
beforeEach(() => void asked.mockClear())

test('asked for once while it is awaited, and again after that', async () => {
  for (let i = 0; i < 3; i++) after('manual')
  await turn()
  expect(asked).toHaveBeenCalledTimes(1)
  await settled()
  after('manual')
  await settled()
  expect(asked).toHaveBeenCalledTimes(2)
})

test('a copy by fork(2) asks again: it cannot be answered in the copy', async () => {
  after('manual')
  after('fork')
  after('fork')
  await turn()
  expect(asked).toHaveBeenCalledTimes(3)
  await settled()
})

test('a process from a snapshot has no such thread', async () => {
  after('snapshot')
  await settled()
  expect(asked).not.toHaveBeenCalled()
})
