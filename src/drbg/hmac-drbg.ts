/**
 * HMAC_DRBG, SP 800-90A r1 §10.1.2. Pure: no clock, no pid, no I/O.
 *
 * Between calls K and V are bytes off V8's heap, and nowhere else.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { CHash } from '@noble/hashes/utils.js'
import { offHeap, wipe } from '../bytes.ts'
import { checkBytes, checkInteger, checkOptions, option, wrongKind } from '../checks.ts'
import { DrbgError } from '../errors.ts'
import { Hmac } from './hmac.ts'
import { LIMITS, securityStrength } from './limits.ts'
import { selfTest } from './self-test.ts'

/** A hash function of @noble/hashes: SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224 or SHA-512/256. */
export type DrbgHash = CHash

/** What {@link HmacDrbg} is instantiated from. */
export interface HmacDrbgOptions {
  /** Default: SHA-256. */
  hash?: DrbgHash
  /** entropy_input: at least security_strength bits, that is 16 bytes for SHA-1, 24 for SHA-224 and SHA-512/224, else 32. */
  entropy: Uint8Array
  /** nonce: at least half of security_strength bits (§8.6.7). */
  nonce: Uint8Array
  /** personalization_string. Default: none. */
  personalization?: Uint8Array
}

/** What one {@link HmacDrbg.generate} takes in. */
export interface GenerateOptions {
  /** additional_input. Default: none. */
  additionalInput?: Uint8Array
  /** Fresh entropy input: prediction resistance, the state is reseeded with it (and the additional input) first. */
  entropy?: Uint8Array
}

/** The working state of §10.1.2.1. Never changed in place once it is complete. */
interface State {
  k: Uint8Array
  v: Uint8Array
}

const NONE = new Uint8Array(0)
const ZERO = Uint8Array.of(0x00)
const ONE = Uint8Array.of(0x01)

/**
 * HMAC_DRBG_Update (§10.1.2.2): a new state; the old one is left as it is. Before, the HMAC is keyed with its K, and
 * afterwards with the new one. `provided` is provided_data in pieces.
 */
function update(hmac: Hmac, { k, v }: State, provided: Uint8Array[]): State {
  const next: State = { k: offHeap(k.length), v: offHeap(v.length) }
  try {
    // 1. K = HMAC (K, V || 0x00 || provided_data).
    hmac.mac(next.k, v, ZERO, provided)
    hmac.key(next.k)
    // 2. V = HMAC (K, V).
    hmac.mac(next.v, v)
    // 3. If (provided_data = Null), then return K and V.
    if (provided.every((part) => part.length === 0)) return next
    // 4. K = HMAC (K, V || 0x01 || provided_data).
    hmac.mac(next.k, next.v, ONE, provided)
    hmac.key(next.k)
    // 5. V = HMAC (K, V).
    hmac.mac(next.v, next.v)
    return next
  } catch (error) {
    destroy(next)
    throw error
  }
}

/**
 * A deterministic random bit generator, exactly as the standard has it. Most programs want `random` instead, which
 * feeds one of these.
 *
 * A call that throws leaves the state as it was.
 *
 * @example
 * ```ts
 * import { HmacDrbg, random } from 'atfork'
 * const drbg = new HmacDrbg({ entropy: random(32), nonce: random(16) })
 * const bytes = drbg.generate(32) // Uint8Array(32)
 * drbg.wipe()
 * ```
 */
export class HmacDrbg {
  /** Table 2 of SP 800-90A r1, in bytes. */
  static readonly limits: typeof LIMITS = LIMITS

  readonly #hash: DrbgHash
  readonly #hmac: Hmac
  #state: State | undefined
  #reseedCounter = 1

  /**
   * HMAC_DRBG_Instantiate (§10.1.2.3), after the known-answer test of its hash function at its first use (§11.3).
   *
   * @param options - hash, entropy, nonce, personalization.
   * @throws TypeError if one of them is of the wrong kind; RangeError if its length is out of bounds.
   * @throws DrbgError `ERR_DRBG_SELF_TEST` if the hash function computes something else than it should.
   */
  constructor(options: HmacDrbgOptions) {
    if (checkOptions('options', options) === undefined) throw wrongKind('options', 'an object', options)
    // All options are read first: a getter of the caller's must not undo a check that has been made.
    const given = {
      hash: option(options, 'hash', sha256),
      entropy: option(options, 'entropy', undefined),
      nonce: option(options, 'nonce', undefined),
      personalization: option(options, 'personalization', NONE),
    }
    const hash = checkHash(given.hash)
    const strength = securityStrength(hash)
    const entropy = checkBytes('entropy', given.entropy, strength, LIMITS.maxLength)
    const nonce = checkBytes('nonce', given.nonce, strength / 2, LIMITS.maxLength)
    const limit = LIMITS.maxPersonalizationStringLength
    const personalization = checkBytes('personalization', given.personalization, 0, limit)
    selfTest(hash, HmacDrbg)
    this.#hash = hash
    this.#hmac = new Hmac(hash)
    // 2. Key = 0x00 00…00.  3. V = 0x01 01…01.
    const state = { k: offHeap(hash.outputLen), v: offHeap(hash.outputLen).fill(0x01) }
    // 1. seed_material = entropy_input || nonce || personalization_string.
    // 4. (Key, V) = HMAC_DRBG_Update (seed_material, Key, V).  5. reseed_counter = 1.
    this.#state = this.#update(state, [entropy, nonce, personalization])
  }

  /**
   * HMAC_DRBG_Reseed (§10.1.2.4).
   *
   * @param entropy - Uint8Array of at least the security strength (32 bytes for SHA-256).
   * @param additionalInput - Uint8Array of any length. Default: none.
   * @throws TypeError, RangeError for arguments; DrbgError `ERR_DRBG_WIPED`.
   */
  reseed(entropy: Uint8Array, additionalInput: Uint8Array = NONE): void {
    const checkedEntropy = this.#checkEntropy(entropy)
    const checkedInput = checkAdditionalInput(additionalInput)
    const old = this.#alive()
    this.#replace(old, this.#update(old, [checkedEntropy, checkedInput]), 1)
  }

  /**
   * HMAC_DRBG_Generate (§10.1.2.5).
   *
   * @param length - Bytes to return, 0 to 2^16.
   * @param options - additionalInput; entropy, to reseed with first (prediction resistance).
   * @returns A new Uint8Array of `length` bytes, off V8's heap: the caller can wipe it.
   * @throws TypeError, RangeError for arguments; DrbgError `ERR_DRBG_RESEED_REQUIRED` or `ERR_DRBG_WIPED`.
   */
  generate(length: number, options?: GenerateOptions): Uint8Array<ArrayBuffer> {
    checkInteger('length', length, 0, LIMITS.maxBytesPerRequest)
    checkOptions('options', options)
    const givenInput = option(options, 'additionalInput', NONE)
    const givenEntropy = option(options, 'entropy', undefined)
    let additionalInput = checkAdditionalInput(givenInput)
    const entropy = givenEntropy === undefined ? undefined : this.#checkEntropy(givenEntropy)
    const hmac = this.#hmac
    const first = this.#alive()
    let state = first
    let counter = this.#reseedCounter
    const out = offHeap(length)
    const v = offHeap(this.#hash.outputLen)
    const advance = (from: State, provided: Uint8Array[]): void => {
      const next = update(hmac, from, provided)
      if (state !== first) destroy(state)
      state = next
    }
    try {
      hmac.key(first.k)
      if (entropy !== undefined) {
        // §9.3.1, step 7: reseed first; the additional input has then been used.
        advance(state, [entropy, additionalInput])
        additionalInput = NONE
        counter = 1
      }
      // 1. If reseed_counter > reseed_interval, then return an indication that a reseed is required.
      if (counter > LIMITS.reseedInterval)
        throw new DrbgError('ERR_DRBG_RESEED_REQUIRED', 'reseed interval used up: call reseed(entropy) first')
      // 2. If additional_input ≠ Null, then (Key, V) = HMAC_DRBG_Update (additional_input, Key, V).
      if (additionalInput.length > 0) advance(state, [additionalInput])
      // 3.–5. temp = V = HMAC (Key, V), as often as it takes; the leftmost bytes are returned.
      v.set(state.v)
      for (let done = 0; done < length; done += v.length) {
        hmac.mac(v, v)
        out.set(v.subarray(0, length - done), done)
      }
      // 6. (Key, V) = HMAC_DRBG_Update (additional_input, Key, V).  7. reseed_counter = reseed_counter + 1.
      advance({ k: state.k, v }, [additionalInput])
    } catch (error) {
      if (state !== first) destroy(state)
      wipe(out)
      throw error
    } finally {
      hmac.forget()
      wipe(v)
    }
    this.#replace(first, state, counter + 1)
    return out
  }

  /** Forgets the state: HMAC_DRBG_Uninstantiate (§9.4). Each later use throws. May be called again. */
  wipe(): void {
    if (this.#state !== undefined) destroy(this.#state)
    this.#state = undefined
  }

  /** One {@link update} by itself. */
  #update(state: State, provided: Uint8Array[]): State {
    try {
      this.#hmac.key(state.k)
      return update(this.#hmac, state, provided)
    } finally {
      this.#hmac.forget()
    }
  }

  #alive(): State {
    if (this.#state === undefined)
      throw new DrbgError('ERR_DRBG_WIPED', 'this HmacDrbg was wiped: make a new one from fresh entropy')
    return this.#state
  }

  #checkEntropy(entropy: unknown): Uint8Array {
    return checkBytes('entropy', entropy, securityStrength(this.#hash), LIMITS.maxLength)
  }

  #replace(old: State, state: State, counter: number): void {
    this.#state = state
    this.#reseedCounter = counter
    destroy(old)
  }
}

function destroy({ k, v }: State): void {
  wipe(k, v)
}

const checkAdditionalInput = (value: unknown): Uint8Array =>
  checkBytes('additionalInput', value, 0, LIMITS.maxAdditionalInputLength)

/** A hash function, by its look; whether it is the one that it looks like, the self-test says. */
export function checkHash(hash: unknown): DrbgHash {
  const { create, outputLen, blockLen } = (typeof hash === 'function' ? hash : {}) as Partial<DrbgHash>
  if (typeof create !== 'function' || typeof outputLen !== 'number' || typeof blockLen !== 'number')
    throw wrongKind('hash', 'a hash function of @noble/hashes, as sha256', hash)
  return hash as DrbgHash
}
