/**
 * CTR_DRBG with AES-256 and no derivation function (SP 800-90A r1 §10.2.1), in the one shape that is needed here:
 * instantiate from a 48-byte seed, generate once, forget. So 48 bytes of HMAC_DRBG become up to 2^16 bytes at the
 * speed of the processor's AES, as in a chain of DRBGs (SP 800-90C).
 */
import { builtin } from '../builtins.ts'
import { offHeap, wipe } from '../bytes.ts'
import { LIMITS } from './limits.ts'

/** seedlen (§10.2.1, Table 3): 256 bits of key and 128 of V. */
export const SEED_LENGTH = 48
const KEY_LENGTH = 32

/** Whether this runtime has what this needs. */
export const hasAes: boolean = globalThis.process?.versions?.openssl !== undefined

/** Loaded at first use: node:crypto takes some milliseconds. */
let createCipheriv: typeof import('node:crypto').createCipheriv | undefined

/**
 * E(0, 1) ‖ E(0, 2) ‖ E(0, 3): what CTR_DRBG_Update makes of the all-zero Key and V at instantiation (§10.2.1.3.1),
 * AES-256 with the zero key being always the same.
 */
const INSTANTIATE = Uint8Array.from(
  '530f8afbc74536b9a963b4f1c4cb738bcea7403d4d606b6e074ec5d3baf39d18726003ca37a62a74d1a2f58e7506358e'.match(/../g) ?? [],
  (hex) => Number.parseInt(hex, 16),
)

/** What is encrypted: CTR mode of zeros is the bare keystream. */
const zeros = new Uint8Array(LIMITS.maxBytesPerRequest)

/**
 * Generates `length` bytes into `out` from `start`. Wipes its own copies; the seed is the caller's to wipe.
 *
 * @param seed - seed_material, SEED_LENGTH bytes, used for nothing else.
 * @param length - At most 2^16.
 */
export function ctrDrbg(seed: Uint8Array, out: Uint8Array, start: number, length: number): void {
  createCipheriv ??= (builtin('crypto') as typeof import('node:crypto')).createCipheriv
  // §10.2.1.3.1: (Key, V) = CTR_DRBG_Update (seed_material, 0, 0), that is seed_material ⊕ E(0,1) ‖ E(0,2) ‖ E(0,3).
  const state = offHeap(SEED_LENGTH)
  for (let i = 0; i < SEED_LENGTH; i++) state[i] = (seed[i] as number) ^ (INSTANTIATE[i] as number)
  // §10.2.1.5.1, step 4.1: the first block is that of V + 1.
  for (let i = SEED_LENGTH - 1; i >= KEY_LENGTH; i--) {
    state[i] = (state[i] as number) + 1
    if (state[i] !== 0) break
  }
  const cipher = createCipheriv('aes-256-ctr', state.subarray(0, KEY_LENGTH), state.subarray(KEY_LENGTH))
  wipe(state)
  const keystream = cipher.update(zeros.subarray(0, length))
  cipher.final() // frees the key schedule; there is nothing left to encrypt
  out.set(keystream, start)
  wipe(keystream)
}
