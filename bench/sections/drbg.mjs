/** The DRBG by itself, as SP 800-90A r1 §10.1.2 has it, against other implementations of the same. */
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { HmacDrbg, random } from 'atfork'
import { RIVALS } from '../rivals/drbgs.mjs'
import { ratio } from '../row.mjs'

const HASHES = { 'SHA-256': ['sha256', sha256], 'SHA-512': ['sha512', sha512] }

/** Both sides, from one seed. They are only comparable if they compute the same, so that is looked at first. */
function sides(hash, rivalName) {
  const [name, ours] = HASHES[hash]
  const rival = RIVALS[rivalName]()
  const seed = { entropy: random(32), nonce: random(16) }
  const [entropy, nonce] = [rival.bytes(seed.entropy), rival.bytes(seed.nonce)]
  const instantiate = [() => new HmacDrbg({ hash: ours, ...seed }), () => rival.make(name, entropy, nonce)]
  const drbgs = instantiate.map((make) => make())
  const [left, right] = drbgs.map((drbg) => Buffer.from(drbg.generate(32)))
  if (!left.equals(right)) throw new Error(`${rivalName} generates something else than HmacDrbg`)
  return { instantiate, drbgs, entropy: [seed.entropy, entropy] }
}

const OPERATIONS = {
  instantiate: ({ instantiate }) => instantiate,
  reseed: ({ drbgs, entropy }) => drbgs.map((drbg, side) => () => drbg.reseed(entropy[side])),
  'generate(32)': ({ drbgs }) => drbgs.map((drbg) => () => drbg.generate(32)),
  'generate(1024)': ({ drbgs }) => drbgs.map((drbg) => () => drbg.generate(1024)),
  'generate(65536)': ({ drbgs }) => drbgs.map((drbg) => () => drbg.generate(65_536)),
}
const PICTURED = ['generate(32)', 'generate(65536)']

export const drbg = Object.keys(HASHES).flatMap((hash) =>
  Object.entries(OPERATIONS).flatMap(([operation, calls]) =>
    Object.keys(RIVALS).map((rival) =>
      ratio(`HmacDrbg ${hash}, ${operation}`, rival, () => calls(sides(hash, rival)), {
        processes: hash === 'SHA-256' ? 2 : 1, // there are many rows
        pictured: hash === 'SHA-256' && PICTURED.includes(operation),
      }),
    ),
  ),
)
