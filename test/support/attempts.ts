/** A piece of a program for runNode that tells what draws give while something is at fault, and what to expect. */
import { expect } from 'vitest'

/**
 * `attempt(size)` fills a view: 'filled'; 'weak' if 8 bytes of it stood there before, are zeros or were handed out
 * before; or the error, and whether the view is untouched. `allRefused()`: whether every kind of draw throws.
 */
export const ATTEMPT: string = `
  import { createRandom, EntropyError, random } from 'atfork'
  const known = new Set([0n, 0x0707070707070707n])
  const attemptOf = (generator, size) => {
    const view = new Uint8Array(size).fill(7)
    try {
      generator.fill(view)
    } catch ({ name, code, message, cause }) {
      return { name, code, message, cause: cause?.code, untouched: view.every((byte) => byte === 7) }
    }
    return new BigUint64Array(view.buffer).every((block) => !known.has(block) && known.add(block)) ? 'filled' : 'weak'
  }
  const attempt = (size = 304) => attemptOf(random, size)
  /** From the pool, expanded in one step, and in several. */
  const SIZES = [16, 304, 65_544]
  const attempts = () => SIZES.map(attempt)
  const isRefused = (run) => {
    try {
      run()
      return false
    } catch (error) {
      return error instanceof EntropyError
    }
  }
  const allRefused = () => [
    () => random(16), () => random.int(6), () => random.uuid(), () => random.uuidv7(), () => random.reseed(),
    () => createRandom({ maxAge: 1000 })(16), () => createRandom({ expand: 'hmac' }).float(),
  ].every(isRefused)`

/** What attempts() returns if all is well. */
export const ALL_FILLED: readonly string[] = ['filled', 'filled', 'filled']

/** A refused attempt. The message names the device, what is the matter, and after a colon what to do about it. `says` is a part of it. */
export const refusal = (code: string, cause?: string, says: string = 'mknod -m 666 /dev/urandom c 1 9'): object => ({
  name: 'EntropyError',
  code: `ERR_ENTROPY_SOURCE_${code}`,
  message: expect.stringMatching(new RegExp(`^/dev/urandom (?=.*${says}).+: .+`)),
  ...(cause !== undefined && { cause }),
  untouched: true,
})
