/** What this package computes, by node:crypto and by nothing of this package. */
import { createCipheriv, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** HMAC_DRBG (SP 800-90A r1 §10.1.2), whose K and V can be looked at. */
export class OpenDrbg {
  readonly #hash: string
  k: Uint8Array
  v: Uint8Array

  constructor(hash: string, seed: Uint8Array) {
    const { length } = createHmac(hash, '').digest()
    this.#hash = hash
    this.k = Buffer.alloc(length)
    this.v = Buffer.alloc(length, 1)
    this.reseed(seed)
  }

  #mac(...parts: Uint8Array[]): Uint8Array {
    return parts.reduce((hmac, part) => hmac.update(part), createHmac(this.#hash, this.k)).digest()
  }

  reseed(provided: Uint8Array): void {
    for (const round of provided.length > 0 ? [0, 1] : [0]) {
      this.k = this.#mac(this.v, Buffer.of(round), provided)
      this.v = this.#mac(this.v)
    }
  }

  generate(length: number): Uint8Array {
    const blocks: Uint8Array[] = []
    for (let done = 0; done < length; done += this.v.length) {
      this.v = this.#mac(this.v)
      blocks.push(this.v)
    }
    this.reseed(Buffer.alloc(0))
    return Buffer.concat(blocks).subarray(0, length)
  }
}

/** CTR_DRBG (§10.2.1) with AES-256, for one request: its key, and what it generates. */
export function ctrDrbg(seed: Uint8Array, length: number): { key: Uint8Array; bytes: Uint8Array } {
  const ecb = (key: Uint8Array, blocks: Uint8Array): Uint8Array =>
    createCipheriv('aes-256-ecb', key, null).update(blocks)
  /** v + 1, v + 2, … */
  const count = (v: bigint, blocks: number): Uint8Array => {
    const all = Buffer.alloc(16 * blocks)
    for (let i = 0; i < blocks; i++) {
      const next = BigInt.asUintN(128, v + BigInt(i + 1))
      all.writeBigUInt64BE(next >> 64n, 16 * i)
      all.writeBigUInt64BE(BigInt.asUintN(64, next), 16 * i + 8)
    }
    return all
  }
  const state = xor(seed, ecb(Buffer.alloc(32), count(0n, 3)))
  const key = state.subarray(0, 32)
  const v = BigInt(`0x${Buffer.from(state.subarray(32)).toString('hex')}`)
  return { key, bytes: ecb(key, count(v, Math.ceil(length / 16))).subarray(0, length) }
}

/** As long as the shorter one. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  Buffer.from(a.subarray(0, b.length).map((byte, i) => byte ^ (b[i] as number)))

/** What a generator mixes in beside entropy in a program whose clocks stand at 1, without any event yet. */
export function identityOf(pid: number): Uint8Array {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const [, parent, ...rest] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const numbers = Float64Array.of(pid, rest[17] as number, parent as number, 0, 0, 1, 1, 1, 1, 0)
  new BigInt64Array(numbers.buffer)[9] = 1n
  return Buffer.concat([new Uint8Array(numbers.buffer), Buffer.alloc(32)])
}
