/** Before a startup snapshot is serialised the held descriptor is given back: if it is still the device's. */
import { beforeEach, expect, test, vi } from 'vitest'
import { KernelEntropy } from '../../src/entropy/kernel.ts'
import { FakeDevice, statOf } from '../support/fake-device.ts'

const asked = vi.hoisted(() => ({ releases: [] as (() => void)[] }))
vi.mock('../../src/startup-snapshot.ts', () => ({
  beforeSerialize: (release: () => void) => asked.releases.push(release),
}))
beforeEach(() => {
  asked.releases = []
})

/** A device that has been read once, and what the serialisation calls. */
function held() {
  const device = new FakeDevice(() => undefined)
  const source = new KernelEntropy(device.fs, 'linux')
  const read = (): number[] => {
    const out = new Uint8Array(16)
    source.read(out, 0, out.length)
    return [...out]
  }
  expect(asked.releases).toEqual([])
  expect(read()).toEqual(device.delivered.splice(0))
  const [release, ...more] = asked.releases as [() => void]
  expect(more).toEqual([])
  device.calls.length = 0
  return { device, read, release }
}

test('it is closed once, and the next read opens one anew, which is given back in its turn', () => {
  const { device, read, release } = held()
  release()
  expect([device.calls, device.open.size]).toEqual([['fstat', 'close'], 0])
  release()
  expect(device.calls).toEqual(['fstat', 'close'])
  expect(read()).toEqual(device.delivered)
  expect(device.calls.slice(2)).toEqual(['open', 'fstat', 'read'])
  expect(asked.releases).toHaveLength(2)
  asked.releases[1]?.()
  expect(device.open.size).toBe(0)
})

test.each<[string, (device: FakeDevice) => void]>([
  ['closed by somebody else', (device) => device.open.clear()],
  ["another file's by now", (device) => void Object.assign(device, { stat: statOf('file') })],
  ["another device's", (device) => void Object.assign(device, { stat: statOf('character device', 0x105) })],
])('%s: it is forgotten, not closed', (_, change) => {
  const { device, read, release } = held()
  const { stat } = device
  change(device)
  release()
  expect(device.calls).toEqual(['fstat'])
  device.stat = stat
  expect(read()).toEqual(device.delivered)
  expect(device.calls.slice(1)).toEqual(['open', 'fstat', 'read'])
})

test('what the health tests had seen is not in the snapshot', () => {
  const { device, read, release } = held()
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i)
  const repeating = new FakeDevice(() => bytes)
  const source = new KernelEntropy(repeating.fs, 'linux')
  const out = new Uint8Array(16)
  source.read(out, 0, 16)
  asked.releases.at(-1)?.()
  source.read(out, 0, 16) // the same bytes, and they are the first ones
  expect(() => source.read(out, 0, 16)).toThrow(/the same 8 bytes three times/) // the control
  release()
  expect(read()).toEqual(device.delivered)
})
