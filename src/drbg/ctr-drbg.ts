/**
 * CTR_DRBG with AES-256 and no derivation function (SP 800-90A r1 §10.2.1), in the one shape that is needed here:
 * instantiate from a 48-byte seed, generate once, forget. So 48 bytes of HMAC_DRBG become up to 2^16 bytes at the
 * speed of the processor's AES, as in a chain of DRBGs (SP 800-90C).
 */
import { builtin } from '../builtins.ts'
import { offHeap, toHex, wipe } from '../bytes.ts'
import { DrbgError } from '../errors.ts'
import { LIMITS } from './limits.ts'

/** seedlen (§10.2.1, Table 3): 256 bits of key and 128 of V. */
export const SEED_LENGTH = 48
const KEY_LENGTH = 32

/** Whether this runtime has what this needs. */
export const hasAes: boolean =
  globalThis.process?.getBuiltinModule !== undefined && globalThis.process.versions?.openssl !== undefined

/**
 * E(0, 1) ‖ E(0, 2) ‖ E(0, 3): what CTR_DRBG_Update makes of the all-zero Key and V at instantiation (§10.2.1.3.1),
 * AES-256 with the zero key being always the same.
 */
const INSTANTIATE = Uint8Array.from(
  '530f8afbc74536b9a963b4f1c4cb738bcea7403d4d606b6e074ec5d3baf39d18726003ca37a62a74d1a2f58e7506358e'.match(
    /../g,
  ) as string[],
  (hex) => Number.parseInt(hex, 16),
)

/** What is encrypted: CTR mode of zeros is the bare keystream. */
const zeros = new Uint8Array(LIMITS.maxBytesPerRequest)

type CreateCipheriv = typeof import('node:crypto').createCipheriv

const newState = () => {
  const state = offHeap(SEED_LENGTH)
  return { state, key: state.subarray(0, KEY_LENGTH), v: state.subarray(KEY_LENGTH) }
}
/** Made once, for three views take longer than the rest of this. Taken away while it is in use. */
let spare: ReturnType<typeof newState> | undefined = newState()

function generate(createCipheriv: CreateCipheriv, seed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const views = spare ?? newState()
  const { state, key, v } = views
  spare = undefined
  // §10.2.1.3.1: (Key, V) = CTR_DRBG_Update (seed_material, 0, 0), that is seed_material ⊕ E(0,1) ‖ E(0,2) ‖ E(0,3).
  for (let i = 0; i < SEED_LENGTH; i++) state[i] = (seed[i] as number) ^ (INSTANTIATE[i] as number)
  // §10.2.1.5.1, step 4.1: the first block is that of V + 1.
  for (let i = SEED_LENGTH - 1; i >= KEY_LENGTH; i--) {
    state[i] = (state[i] as number) + 1
    if (state[i] !== 0) break
  }
  try {
    const cipher = createCipheriv('aes-256-ctr', key, v)
    const { buffer, byteOffset } = cipher.update(length === zeros.length ? zeros : zeros.subarray(0, length)) // a Buffer of memory of its own
    cipher.final() // frees the key schedule; there is nothing left to encrypt
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, length)
  } finally {
    wipe(state)
    spare = views
  }
}

/** Loaded at first use, for node:crypto takes some milliseconds, and tested then (§11.3). */
let tested: CreateCipheriv | undefined
let failed = false

/** A seed that makes V carry over two bytes, and what comes of it, computed with openssl's AES-ECB. */
const KNOWN_SEED = Uint8Array.from({ length: SEED_LENGTH }, (_, i) =>
  i < SEED_LENGTH - 2 ? i : 0xff ^ (INSTANTIATE[i] as number),
)
const KNOWN_ANSWER = '55754391966e950992c9e2a501fff3f5ea9e3c441ce3f24db0817e5925c65f7eb5a4d571442e47eade2822659a24e3c3'

/** Refuses a cipher that computes wrongly, now and later. If the test could not be finished, the next use tries again. */
function selfTest(): CreateCipheriv {
  if (!failed) {
    const { createCipheriv } = builtin('crypto') as typeof import('node:crypto')
    const answer = generate(createCipheriv, KNOWN_SEED, SEED_LENGTH)
    failed = toHex(answer) !== KNOWN_ANSWER
    if (!failed) return createCipheriv
  }
  throw new DrbgError(
    'ERR_DRBG_SELF_TEST',
    "aes-256-ctr of this runtime's node:crypto gives wrong values: repair the runtime, or use createRandom({ expand: 'hmac' })",
  )
}

/**
 * Generates `length` bytes. The seed is the caller's to wipe.
 *
 * @param seed - seed_material, SEED_LENGTH bytes, used for nothing else.
 * @param length - At most 2^16.
 * @throws DrbgError `ERR_DRBG_SELF_TEST`.
 */
export function ctrDrbg(seed: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  tested ??= selfTest()
  return generate(tested, seed, length)
}

/** The same into `out`, from `start`. If it throws, `out` is as it was. */
export function ctrDrbgInto(seed: Uint8Array, out: Uint8Array, start: number, length: number): void {
  const bytes = ctrDrbg(seed, length)
  out.set(bytes, start)
  wipe(bytes)
}
