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
   * @param length - Bytes, at most 2^16 - SEED_LENGTH.
   * @returns The next pool, or undefined if there is none left. If this throws, there is none left either.
   */
  next(length: number): Uint8Array<ArrayBuffer> | undefined {
    const seed = this.#seed
    if (seed === undefined) return undefined
    this.#seed = undefined // a draw in the midst of this (somebody has wrapped createCipheriv) must not expand it too
    try {
      this.#left--
      if (this.#left === 0) return ctrDrbg(seed, length)
      const bytes = ctrDrbg(seed, length + SEED_LENGTH)
      const next = bytes.subarray(length)
      seed.set(next)
      wipe(next)
      this.end()
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
  }
}
