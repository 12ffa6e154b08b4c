/** The HMAC-DRBG behind a pool, and what it is instantiated and reseeded from: the kernel, the user's own source, ids. */
import { offHeap, wipe } from './bytes.ts'
import { checkBytes } from './checks.ts'
import { type DrbgHash, type GenerateOptions, HmacDrbg } from './drbg/hmac-drbg.ts'
import { LIMITS } from './drbg/limits.ts'
import type { EntropySource } from './entropy/source.ts'

/** What it is made of. All of it has been checked. */
export interface DrbgSettings {
  source: EntropySource
  hash: DrbgHash
  personalization: Uint8Array
  /** More entropy for each reseed, from the user's own source. */
  entropy: ((length: number) => Uint8Array) | undefined
}

/** entropy_input (at least 32 bytes) and, at instantiation, nonce (16). */
const ENTROPY_LENGTH = 32
const NONCE_LENGTH = 16
/** Beside the kernel's: together at most max_length of SP 800-90A r1 Table 2. */
const MAX_USER_ENTROPY = LIMITS.maxLength - ENTROPY_LENGTH
const NOTHING = new Uint8Array(0)

/** @internal */
export class LiveDrbg {
  readonly #settings: DrbgSettings
  #drbg: HmacDrbg | undefined
  #asking = false

  constructor(settings: DrbgSettings) {
    this.#settings = settings
  }

  /**
   * Asks the user's own source. It may draw from this generator: that draw does not ask it again.
   *
   * @returns Bytes to be wiped by who asked; undefined if there is no such source, or it is being asked.
   */
  askUser(): Uint8Array | undefined {
    const { entropy } = this.#settings
    if (entropy === undefined || this.#asking) return undefined
    this.#asking = true
    try {
      const bytes = checkBytes('entropy()', entropy(ENTROPY_LENGTH), ENTROPY_LENGTH, MAX_USER_ENTROPY)
      const own = offHeap(bytes.length)
      own.set(bytes)
      return own
    } finally {
      this.#asking = false
    }
  }

  /**
   * Fresh kernel bytes into the state; at the first call, the instantiation. If this throws, all is as it was.
   *
   * @param inputs - additional_input, or what follows the personalization_string.
   * @param userEntropy - Entropy beside the kernel's.
   * @returns Whether it was instantiated.
   */
  reseed(inputs: Uint8Array[], userEntropy: Uint8Array | undefined): boolean {
    const { source, hash, personalization } = this.#settings
    const kernel = offHeap(ENTROPY_LENGTH + NONCE_LENGTH)
    const entropy = offHeap(ENTROPY_LENGTH + (userEntropy?.length ?? 0))
    let input: Uint8Array = NOTHING
    try {
      source.read(kernel, 0, kernel.length)
      entropy.set(kernel.subarray(0, ENTROPY_LENGTH))
      if (userEntropy !== undefined) entropy.set(userEntropy, ENTROPY_LENGTH)
      const nonce = kernel.subarray(ENTROPY_LENGTH)
      if (this.#drbg !== undefined) {
        input = concat(nonce, inputs)
        this.#drbg.reseed(entropy, input)
        return false
      }
      input = concat(personalization, inputs)
      this.#drbg = new HmacDrbg({ hash, entropy, nonce, personalization: input })
      return true
    } finally {
      wipe(kernel, entropy, input)
    }
  }

  /** HmacDrbg's, once it has been instantiated. */
  generate(length: number, options?: GenerateOptions): Uint8Array<ArrayBuffer> {
    return (this.#drbg as HmacDrbg).generate(length, options)
  }

  /** Ends it: the next reseed() instantiates it anew. */
  wipe(): void {
    this.#drbg?.wipe()
    this.#drbg = undefined
  }
}

/** By no iterator, which can be replaced. */
function concat(first: Uint8Array, parts: Uint8Array[]): Uint8Array {
  const all = offHeap(parts.reduce((sum, part) => sum + part.length, first.length))
  all.set(first)
  let at = first.length
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Uint8Array
    all.set(part, at)
    at += part.length
  }
  return all
}
