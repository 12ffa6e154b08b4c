/** A signal: what a supervisor or a platform's resume script can send with `kill`. */
import { constants } from 'node:os'
import { wrongKind, wrongValue } from '../checks.ts'
import { disposable } from './disposable.ts'
import { refuseInSnapshot, TriggerError } from './error.ts'
import { remix } from './remix.ts'

/** SIGKILL and SIGSTOP cannot be caught; after a fault of the processor the listener would never run. */
const UNCATCHABLE = new Set(['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL'])

/**
 * Calls `atfork()` each time the process gets a signal.
 *
 * A listener takes the place of what the signal does by itself, which for most is to end the process: take one that
 * nothing else uses. SIGUSR1 starts Node's debugger, and no longer does with a listener. Signals that come together
 * may reach the process as one. Children, cluster workers included, need the signal themselves.
 *
 * @param signal - Its name. On Windows nobody can send most of them.
 * @returns What removes the listener when it is disposed.
 * @throws TypeError, RangeError for `signal`; TriggerError in a worker thread or while a snapshot is built.
 *
 * @example
 * ```ts
 * import { onSignal } from 'atfork/triggers'
 * onSignal('SIGUSR2') // in the resume script: kill -USR2 PID
 * ```
 */
export function onSignal(signal: NodeJS.Signals): Disposable {
  const expected = "the name of a signal that can be caught, such as 'SIGUSR2'"
  if (typeof signal !== 'string') throw wrongKind('signal', expected, signal)
  if (!Object.hasOwn(constants.signals, signal) || UNCATCHABLE.has(signal)) throw wrongValue('signal', expected, signal)
  refuseInSnapshot('onSignal')
  if (!process.getBuiltinModule('node:worker_threads').isMainThread)
    throw new TriggerError(
      'ERR_TRIGGER_IN_THREAD',
      'onSignal() expected the main thread, got a worker thread: call it in the main thread, it reaches all threads',
    )
  const listener = (): void => remix()
  process.on(signal, listener)
  return disposable(() => process.off(signal, listener))
}
