/** What an event mixes in, to the bit, and how often it looks who runs the process. */
import { createHash } from 'node:crypto'
import { beforeEach, expect, test, vi } from 'vitest'
import { atfork, catchUp, onCopy } from '../../src/lifecycle/atfork.ts'
import { isolate, mixed } from '../../src/lifecycle/record.ts'

const IDENTITY = Uint8Array.of(1, 2, 3)
const HARDWARE = Uint8Array.of(4, 5)
const looks = vi.hoisted(() => ({ count: 0 }))
vi.mock('../../src/lifecycle/identity.ts', async (original) => ({
  ...(await original<object>()),
  identity: () => IDENTITY,
  noticeCopy: () => void looks.count++,
}))
vi.mock('../../src/entropy/hwrng.ts', () => ({ hardwareBytes: () => HARDWARE }))

beforeEach(() => {
  isolate.listeners.length = 0
})

test.each([[undefined], [new Uint8Array(0)], [Uint8Array.of(9)], [Buffer.from('clone 7 of 100')]])(
  'identity, hardware bytes and what atfork() was given: %o',
  (extra) => {
    const before = mixed()
    atfork(extra)
    const digest = createHash('sha256').update(IDENTITY).update(HARDWARE)
    if (extra !== undefined) digest.update(extra)
    expect(mixed()).toEqual(Uint8Array.from(digest.digest(), (byte, i) => byte ^ (before[i] as number)))
  },
)

test('while listeners are at work nobody looks again who runs the process; afterwards they do', () => {
  const seen: number[] = []
  onCopy(() => {
    looks.count = 0
    catchUp()
    seen.push(looks.count)
  })
  atfork()
  expect(seen).toEqual([0])
  catchUp()
  expect(looks.count).toBe(1)
})
