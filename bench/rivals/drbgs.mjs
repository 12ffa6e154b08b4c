/**
 * Other implementations of HMAC_DRBG, by one face: `make(hash, entropy, nonce)` with hash 'sha256' or 'sha512'. Each is loaded
 * when it is asked for, and gets its bytes in the type that it wants.
 */
import { createRequire } from 'node:module'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { PlainHmacDrbg } from './plain.mjs'

const require = createRequire(import.meta.url)

export const RIVALS = {
  'npm hmac-drbg': () => {
    const HmacDRBG = require('hmac-drbg')
    const hashes = require('hash.js')
    return {
      bytes: (bytes) => [...bytes],
      make: (hash, entropy, nonce) => new HmacDRBG({ hash: hashes[hash], entropy, nonce, pers: [] }),
    }
  },
  'npm drbg.js': () => {
    const HmacDRBG = require('drbg.js/hmac')
    return { bytes: Buffer.from, make: (hash, entropy, nonce) => new HmacDRBG(hash, entropy, nonce) }
  },
  'npm bcrypto, its JavaScript': () => {
    const HmacDRBG = require('bcrypto/lib/js/hmac-drbg')
    return {
      bytes: Buffer.from,
      make: (hash, entropy, nonce) => new HmacDRBG(require(`bcrypto/lib/js/${hash}`), entropy, nonce),
    }
  },
  'plain on @noble/hashes': () => ({
    bytes: (bytes) => bytes,
    make: (hash, entropy, nonce) => new PlainHmacDrbg({ sha256, sha512 }[hash], entropy, nonce),
  }),
}
