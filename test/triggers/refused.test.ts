/** While a snapshot is built: each trigger is refused, and has not begun anything. */
import { expect, test, vi } from 'vitest'
import { onFileChange, onHttp, onSignal, onVmClock, TriggerError } from '../../src/triggers.ts'

const snapshot = vi.hoisted(() => ({ building: true }))
vi.mock('../../src/startup-snapshot.ts', async (original) => ({
  ...(await original<object>()),
  buildingSnapshot: () => snapshot.building,
}))

const running = (): string[] => process.getActiveResourcesInfo().filter((type) => /TCP|Timeout|Signal/.test(type))

test.each([
  ['onSignal', () => onSignal('SIGUSR2')],
  ['onFileChange', () => onFileChange('/nowhere/at/all')],
  ['onHttp', () => onHttp({ port: 0 })],
  ['onVmClock', () => onVmClock('/nowhere/at/all')],
])('%s', (name, install) => {
  const before = [running(), process.listenerCount('SIGUSR2')]
  const message = `${name}() expected a running process, got one that builds a snapshot: call it in the deserialised main function`
  let thrown: unknown
  try {
    install()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(TriggerError)
  expect(thrown).toMatchObject({ name: 'TriggerError', code: 'ERR_TRIGGER_IN_SNAPSHOT', message })
  expect([running(), process.listenerCount('SIGUSR2')]).toEqual(before)

  snapshot.building = false // the control
  install()[Symbol.dispose]()
  snapshot.building = true
})
