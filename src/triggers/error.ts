/** Where a trigger cannot be installed. */
import { buildingSnapshot } from '../startup-snapshot.ts'

/** What a {@link TriggerError} is about. */
export type TriggerErrorCode = 'ERR_TRIGGER_IN_SNAPSHOT' | 'ERR_TRIGGER_IN_THREAD'

/**
 * The trigger was not installed.
 *
 * - `ERR_TRIGGER_IN_SNAPSHOT`: a V8 startup snapshot is being built. Install it in the processes that start from it.
 * - `ERR_TRIGGER_IN_THREAD`: Node delivers no signals to worker threads. Install it in the main thread.
 */
export class TriggerError extends Error {
  override name = 'TriggerError'
  /** Stable: compare this and not the message. */
  readonly code: TriggerErrorCode

  constructor(code: TriggerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Refuses to install anything while a V8 startup snapshot is built. A signal's handle or a listening socket aborts the
 * build. A timer is worse: after the deserialise no timer of the process runs any more (Node 20 to 26).
 */
export function refuseInSnapshot(name: string): void {
  if (buildingSnapshot())
    throw new TriggerError(
      'ERR_TRIGGER_IN_SNAPSHOT',
      `${name}() expected a running process, got one that builds a snapshot: call it in the deserialised main function`,
    )
}
