/** Events one after the other, none within another, none lost. */
import { afterEach, expect, test } from 'vitest'
import { onCopy } from '../../src/lifecycle/atfork.ts'
import { postfork } from '../../src/lifecycle/hooks.ts'
import { generation, isolate } from '../../src/lifecycle/record.ts'
import { remix } from '../../src/triggers/remix.ts'
import { onSignal } from '../../src/triggers.ts'

afterEach(() => {
  isolate.listeners.length = 0
})

/** Runs `fire` in the first two events, and says how deep the listeners ran and at which generations. */
function nest(fire: () => void): { deepest: number; heard: number[] } {
  const seen = { deepest: 0, heard: [] as number[] }
  let depth = 0
  onCopy((event) => {
    seen.deepest = Math.max(seen.deepest, ++depth)
    seen.heard.push(event.generation)
    if (seen.heard.length <= 2) fire()
    depth--
  })
  return seen
}

test('an event within an event waits for it, and is remixed before remix() returns', () => {
  const before = generation()
  const seen = nest(() => remix())
  remix()
  expect(seen).toEqual({ deepest: 1, heard: [before + 1, before + 2, before + 3] })
})

test('the same for a signal that a listener emits', () => {
  const before = generation()
  const trigger = onSignal('SIGUSR2')
  const seen = nest(() => process.emit('SIGUSR2'))
  process.emit('SIGUSR2')
  trigger[Symbol.dispose]()
  expect(seen).toEqual({ deepest: 1, heard: [before + 1, before + 2, before + 3] })
})

test('atfork() itself nests: the control', async () => {
  const { atfork } = await import('atfork')
  const seen = nest(() => atfork())
  atfork()
  expect(seen.deepest).toBe(3)
})

test('an error comes out as it is, and what waited has been remixed', () => {
  const before = generation()
  const failure = new Error('listener')
  let events = 0
  onCopy(() => {
    if (++events > 1) return
    remix()
    remix()
    throw failure
  })
  expect(() => remix()).toThrow(failure)
  expect([events, generation()]).toEqual([3, before + 3])
  remix() // and it works on
  expect([events, generation()]).toEqual([4, before + 4])
})

test('several errors come out together', () => {
  let events = 0
  onCopy(() => {
    if (++events === 1) remix()
    throw new Error(`listener ${events}`)
  })
  expect(() => remix()).toThrow(
    expect.objectContaining({ name: 'AggregateError', errors: [new Error('listener 1'), new Error('listener 2')] }),
  )
})

test('a hook that fires a trigger at each event is an error, and not for ever', () => {
  let fires = false // this process is a child, in which it runs once at once
  const unregister = postfork(() => void (fires && remix()))
  fires = true
  expect(() => remix()).toThrow('1000 times running')
  unregister()
  remix()
})
