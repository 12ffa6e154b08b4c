/** The errors of this package that are not a TypeError (wrong kind) or a RangeError (wrong value). */

/** What an {@link EntropyError} is about. */
export type EntropyErrorCode =
  | 'ERR_ENTROPY_SOURCE_MISSING'
  | 'ERR_ENTROPY_SOURCE_INVALID'
  | 'ERR_ENTROPY_SOURCE_UNREADABLE'
  | 'ERR_ENTROPY_SOURCE_REPEATS'

/**
 * No trustworthy entropy could be read. Nothing was handed out and no state was changed; the next call tries again.
 *
 * - `ERR_ENTROPY_SOURCE_MISSING`: the device could not be opened.
 * - `ERR_ENTROPY_SOURCE_INVALID`: something else stands in its place, or what it is cannot be asked.
 * - `ERR_ENTROPY_SOURCE_UNREADABLE`: it could be opened but not read.
 * - `ERR_ENTROPY_SOURCE_REPEATS`: it returned the same bytes three times, running or within some 1,000 reads. It is drawn
 *   from again after 1,024 that do not repeat.
 *
 * @example
 * ```ts
 * import { EntropyError, random } from 'atfork'
 * try {
 *   random(16)
 * } catch (error) {
 *   if (error instanceof EntropyError) console.error(error.code, error.message)
 *   throw error
 * }
 * ```
 */
export class EntropyError extends Error {
  override name = 'EntropyError'
  /** Stable: compare this and not the message. */
  readonly code: EntropyErrorCode

  constructor(code: EntropyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What a {@link DrbgError} is about. */
export type DrbgErrorCode = 'ERR_DRBG_RESEED_REQUIRED' | 'ERR_DRBG_SELF_TEST' | 'ERR_DRBG_WIPED'

/**
 * The DRBG refuses to work.
 *
 * - `ERR_DRBG_RESEED_REQUIRED`: the reseed interval is used up (SP 800-90A §10.1.2.5, step 1).
 * - `ERR_DRBG_SELF_TEST`: the known-answer test failed (SP 800-90A §11.3).
 * - `ERR_DRBG_WIPED`: it was used after `wipe()`.
 */
export class DrbgError extends Error {
  override name = 'DrbgError'
  /** Stable: compare this and not the message. */
  readonly code: DrbgErrorCode

  constructor(code: DrbgErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Thrown by a generator made with `onFork: 'throw'` once its process was copied, until it is reseeded. */
export class ForkError extends Error {
  override name = 'ForkError'
  /** Stable: compare this and not the message. */
  readonly code = 'ERR_FORKED'
}

/** A hook took longer than it may: `ERR_HOOK_TIMEOUT`. Its message names the hook. */
export class HookError extends Error {
  override name = 'HookError'
  /** Stable: compare this and not the message. */
  readonly code = 'ERR_HOOK_TIMEOUT'
}
