/** HMAC_DRBG (SP 800-90A r1 §10.1.2) on @noble/hashes as one writes it down from the standard: HMAC anew each time. */
import { hmac } from '@noble/hashes/hmac.js'
import { concatBytes } from '@noble/hashes/utils.js'

export class PlainHmacDrbg {
  constructor(hash, entropy, nonce) {
    this.hash = hash
    this.k = new Uint8Array(hash.outputLen)
    this.v = new Uint8Array(hash.outputLen).fill(1)
    this.update(concatBytes(entropy, nonce))
  }

  update(provided) {
    for (const byte of provided.length === 0 ? [0] : [0, 1]) {
      this.k = hmac(this.hash, this.k, concatBytes(this.v, Uint8Array.of(byte), provided))
      this.v = hmac(this.hash, this.k, this.v)
    }
  }

  reseed(entropy) {
    this.update(entropy)
  }

  generate(length) {
    const blocks = []
    for (let done = 0; done < length; done += this.v.length) {
      this.v = hmac(this.hash, this.k, this.v)
      blocks.push(this.v)
    }
    this.update(new Uint8Array(0))
    return concatBytes(...blocks).subarray(0, length)
  }
}
