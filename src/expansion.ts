/**
 * Pools from one seed, one after the other: each CTR_DRBG gives a pool and the seed of the next one.
 *
 * A seed is wiped as it is used, so that nothing that was handed out can be computed from what is left here
 * (backtracking resistance, SP 800-90A r1 §8.8).
 */
import { wipe } from './bytes.ts'
import { ctrDrbg, SEED_LENGTH } from './drbg/ctr-drbg.ts'

/** @internal */
export class Expansion {
  #seed: Uint8Array | undefined
  /** Pools that it still gives. */
  #left = 0
  /** Moves on with each start() and end(). */
  #epoch = 0

  /**
   * @param seed - SEED_LENGTH bytes, which are wiped when they have been used.
   * @param pools - How many to give, 1 or more.
   */
  start(seed: Uint8Array, pools: number): void {
    this.end()
    this.#seed = seed
    this.#left = pools
  }

  /**
   * Somebody who has wrapped createCipheriv may draw in the midst of this. That draw gets nothing of the same seed; and
   * if it has started anew, what this was about to give is older, and is thrown away.
   *
   * @param length - Bytes, at most 2^16 - SEED_LENGTH.
   * @returns The next pool, or undefined if there is none. If this throws, there is none left either.
   */
  next(length: number): Uint8Array<ArrayBuffer> | undefined {
    const seed = this.#seed
    if (seed === undefined) return undefined
    this.#seed = undefined
    const epoch = this.#epoch
    const last = this.#left === 1
    try {
      const bytes = ctrDrbg(seed, last ? length : length + SEED_LENGTH)
      if (epoch !== this.#epoch) {
        wipe(bytes)
        return undefined
      }
      this.#left--
      if (last) return bytes
      const next = bytes.subarray(length)
      seed.set(next)
      wipe(next)
      this.#seed = seed
      return bytes.subarray(0, length)
    } finally {
      if (this.#seed !== seed) wipe(seed)
    }
  }

  /** Wipes what is left. */
  end(): void {
    if (this.#seed !== undefined) wipe(this.#seed)
    this.#seed = undefined
    this.#epoch++
  }
}
