/** Linux's VMClock: the hypervisor's own word that this machine was started from a saved state. */
import { disposable } from './disposable.ts'
import { refuseInSnapshot } from './error.ts'
import { checkPath } from './path.ts'
import { checkInterval, poll } from './poll.ts'
import { remix } from './remix.ts'
import { lookAtVmClock, type VmClockState } from './vmclock-page.ts'

/** What {@link onVmClock} takes. */
export interface VmClockOptions {
  /** Milliseconds between two looks, 1 to 2^31 - 1. Default: 100. */
  interval?: number
}

/** What {@link onVmClock} returns. */
export interface VmClockTrigger extends Disposable {
  /** What the last look found. If the first found something else than 'watching', there are no more. */
  readonly state: VmClockState
  /** Why the state is not 'watching'. */
  readonly reason: string | undefined
}

const INTERVAL = 100

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i])

/**
 * Calls `atfork()` with the 8 bytes of VMClock's generation counter each time that changes: the machine was started
 * from a saved state. It needs a hypervisor that has the device and a guest kernel that shows it.
 *
 * Where there is no such device this is no error: `state` and `reason` of what it returns say so, and nothing is
 * watched.
 *
 * @param path - The device. Default: '/dev/vmclock0'. By default only root may read it.
 * @param options - `interval`: milliseconds between two looks. Default: 100.
 * @returns What ends it when it is disposed, with `state` and `reason`.
 * @throws TypeError, RangeError for arguments; TriggerError while a snapshot is built.
 *
 * @example
 * ```ts
 * import { onVmClock } from 'atfork/triggers'
 * const clock = onVmClock()
 * if (clock.state !== 'watching') console.log(clock.state, clock.reason)
 * ```
 */
export function onVmClock(path: string = '/dev/vmclock0', options?: VmClockOptions): VmClockTrigger {
  const device = checkPath('path', path)
  const interval = checkInterval(options, INTERVAL)
  refuseInSnapshot('onVmClock')

  let last = lookAtVmClock(device)
  let known = last.generation
  // A page that is being written at the first look may be just now changing: what is read next counts as a change.
  const look = (): void => {
    last = lookAtVmClock(device)
    const now = last.generation
    if (now === undefined || (known !== undefined && same(now, known))) return
    known = now
    remix(now)
  }
  const watching = last.state === 'watching' ? poll(interval, look) : disposable(() => {})
  return {
    get state() {
      return last.state
    },
    get reason() {
      return last.reason
    },
    [Symbol.dispose]: watching[Symbol.dispose],
  }
}
