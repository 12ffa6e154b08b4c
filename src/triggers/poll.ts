/** Looking again and again, by timers that do not keep the process alive. */
import { checkInteger, checkOptions, option } from '../checks.ts'
import { disposable } from './disposable.ts'

/** The longest time that setTimeout knows. */
const MAX_INTERVAL = 2 ** 31 - 1

/** The option `interval`, in ms. */
export function checkInterval(options: { interval?: number } | undefined, otherwise: number): number {
  return checkInteger('interval', option(checkOptions('options', options), 'interval', otherwise), 1, MAX_INTERVAL)
}

/**
 * Calls `look` every `interval` ms until it is disposed, the next time once the last look is over. An error out of it
 * is thrown to nobody, as an unhandled rejection; looking goes on.
 */
export function poll(interval: number, look: () => void | Promise<void>): Disposable {
  let disposed = false
  let timer: NodeJS.Timeout
  const arm = (): void => {
    if (!disposed) timer = setTimeout(next, interval).unref()
  }
  const next = async (): Promise<void> => {
    try {
      await look()
    } finally {
      arm()
    }
  }
  arm()
  return disposable(() => {
    disposed = true
    clearTimeout(timer)
  })
}
