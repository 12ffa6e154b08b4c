/**
 * Known-answer test of HMAC_DRBG (SP 800-90A r1 §11.3), run once for each hash function, at its first use.
 *
 * Each approved hash function has a shape of its own (output and block length), which says which answer to expect.
 * A function of such a shape that is another one (BLAKE2s has SHA-256's), or one that computes wrongly, fails.
 */
import { toHex, wipe } from '../bytes.ts'
import { wrongKind } from '../checks.ts'
import { DrbgError } from '../errors.ts'
import type { DrbgHash, HmacDrbg, HmacDrbgOptions } from './hmac-drbg.ts'
import { securityStrength } from './limits.ts'

interface Known {
  name: string
  /** The answer, in hex: one block, computed with Python's hmac and hashlib. */
  answer: string
}

/** By `outputLen/blockLen`, in bytes. */
const KNOWN: ReadonlyMap<string, Known> = new Map([
  ['20/64', { name: 'SHA-1', answer: '15615d8e645911802d7fd0025a74411d6b9ba5ac' }],
  ['28/64', { name: 'SHA-224', answer: 'ca5458c325946fb22a78ac71ef22f8bf95f76b594e4dc6462ce254ec' }],
  ['32/64', { name: 'SHA-256', answer: '409b14cead073b46566cba9ad915086b09ddb1e9667ca7b1ee159f6b821121e6' }],
  [
    '48/128',
    {
      name: 'SHA-384',
      answer: '1bc2aeb7c2ca216a014be7ffc54341ab4e4051a30d9df9f70737fd2ceead0d1687d33b577659d9c2591d9e46b0dc5ad1',
    },
  ],
  [
    '64/128',
    {
      name: 'SHA-512',
      answer:
        'edcd9f1edbdcc112bf244e5718bd6d902e3254415cd83c6f1b0064d077e3b3b6e9f191e12ab9ac1967a6f6c2f7d3f61a09ab41726d9c61be0b6ab0beafa1ce61',
    },
  ],
  ['28/128', { name: 'SHA-512/224', answer: 'ad328cffbc1ae7a7172ca11b43d06d4de2c7d8eee2bd49deae711a5f' }],
  ['32/128', { name: 'SHA-512/256', answer: '4fc22b1142aea652ffe8783896a406375c27ed00de0a37ab60da8d462081184a' }],
])

/** What has passed. Meanwhile it counts as such: the test itself uses it. */
const passed = new WeakMap<DrbgHash, boolean>()

/** `length` bytes counting up from `start`. */
const sequence = (start: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => start + i)

/** Instantiate, reseed, generate, generate with prediction resistance; every input in use. */
function answer(hash: DrbgHash, Drbg: new (options: HmacDrbgOptions) => HmacDrbg): string {
  const strength = securityStrength(hash)
  const drbg = new Drbg({
    hash,
    entropy: sequence(0x00, strength),
    nonce: sequence(0x20, strength / 2),
    personalization: sequence(0x40, strength),
  })
  drbg.reseed(sequence(0x60, strength), sequence(0x80, strength))
  const additionalInput = sequence(0xa0, strength)
  drbg.generate(hash.outputLen, { additionalInput })
  const out = drbg.generate(hash.outputLen, { additionalInput, entropy: sequence(0xc0, strength) })
  drbg.wipe()
  const hex = toHex(out)
  wipe(out)
  return hex
}

/**
 * Refuses a hash function that fails its test, now and at each later use (§11.3.6: the error state). If the test could
 * not be finished (no memory, no stack), nothing is known, and the next use tries again.
 *
 * @throws TypeError if no approved hash function has this shape; DrbgError `ERR_DRBG_SELF_TEST` if the test failed.
 */
export function selfTest(hash: DrbgHash, Drbg: new (options: HmacDrbgOptions) => HmacDrbg): void {
  const verdict = passed.get(hash)
  if (verdict === true) return
  const known = KNOWN.get(`${hash.outputLen}/${hash.blockLen}`)
  if (known === undefined) throw wrongKind('hash', `one of ${[...KNOWN.values()].map((k) => k.name).join(', ')}`, hash)
  if (verdict === undefined) {
    passed.set(hash, true)
    let got: string | undefined
    try {
      got = answer(hash, Drbg)
    } finally {
      if (got === undefined) passed.delete(hash)
      else passed.set(hash, got === known.answer)
    }
    if (got === known.answer) return
  }
  throw new DrbgError(
    'ERR_DRBG_SELF_TEST',
    `the self-test with ${known.name} failed, for the hash function gives other values: reinstall @noble/hashes; if "hash" is a function of your own, pass ${known.name}`,
  )
}
