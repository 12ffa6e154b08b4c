/** The secrets of the watched programs, by name. */
import { randomBytes } from 'node:crypto'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { CHash } from '@noble/hashes/utils.js'
import { ctrDrbg, identityOf, OpenDrbg, xor } from '../support/oracle.ts'
import type { Secret } from './memory.ts'

export type HashName = 'sha256' | 'sha512'
const HASHES: Record<HashName, CHash> = { sha256, sha512 }

/** K, V, and what HMAC makes of K before it sees a message: who has that can do without K. */
function stateOf(drbg: OpenDrbg, hash: HashName, when: string): Secret[] {
  const halves = hmac.create(HASHES[hash], drbg.k) as unknown as Record<'iHash' | 'oHash', { get(): number[] }>
  const words = (half: { get(): number[] }): Uint8Array => {
    const bytes = new DataView(new ArrayBuffer(drbg.k.length))
    for (const [i, word] of half.get().entries()) bytes.setInt32(4 * i, word)
    return new Uint8Array(bytes.buffer)
  }
  return [
    { name: `K ${when}`, bytes: drbg.k },
    { name: `V ${when}`, bytes: drbg.v },
    { name: `keyed hash ${when}`, bytes: words(halves.iHash) },
    { name: `keyed hash ${when}`, bytes: words(halves.oHash) },
  ]
}

/** Those of programs/drbg.mjs, which is handed `script`: K and V of three states, what went in and what came out. */
export function drbgSecrets(hash: HashName): { script: Uint8Array; known: Secret[] } {
  const script = randomBytes(80)
  const drbg = new OpenDrbg(hash, script.subarray(0, 48))
  const known = [{ name: 'entropy', bytes: script }, ...stateOf(drbg, hash, '1')]
  known.push({ name: 'output', bytes: drbg.generate(100) }, ...stateOf(drbg, hash, '2'))
  drbg.reseed(script.subarray(48))
  return { script, known: [...known, ...stateOf(drbg, hash, '3')] }
}

const LARGE = 5000
const SMALL = 200
const SEED = 48
const POOL = { aes: 32_768, hmac: 2_048 }

/**
 * Those of programs/random.mjs, whose kernel gives `script`. K and V of two refills, each at once and after the pool
 * was generated; the kernel's bytes, seeds, AES keys; the bytes of a small and of a large draw.
 */
export function randomSecrets(
  expand: 'aes' | 'hmac',
  maxAge: number,
): { script: Uint8Array; known(pid: number): Secret[] } {
  const script = randomBytes(1024)
  const known = (pid: number): Secret[] => {
    const identity = identityOf(pid)
    const all: Secret[] = []
    const add = (name: string, bytes: Uint8Array): Uint8Array => {
      all.push({ name, bytes })
      return bytes
    }
    let at = 0
    const kernel = (length: number): Uint8Array => {
      at += length
      return add('kernel bytes', script.subarray(at - length, at))
    }
    let drbg: OpenDrbg | undefined
    const refill = (when: string): Uint8Array => {
      const input = Buffer.concat([kernel(SEED), identity])
      if (drbg === undefined) drbg = new OpenDrbg('sha256', input)
      else drbg.reseed(input)
      all.push(...stateOf(drbg, 'sha256', `${when}, at once`))
      const generated = drbg.generate(expand === 'hmac' ? POOL.hmac : SEED)
      all.push(...stateOf(drbg, 'sha256', when))
      if (expand === 'hmac') return generated
      // Within maxAge one refill gives several pools, each with the seed of the next.
      const { key, bytes } = ctrDrbg(add('used seed', generated), POOL.aes + SEED)
      if (maxAge > 0) add(`next seed ${when}`, bytes.subarray(POOL.aes))
      add('AES key', key)
      return bytes
    }
    const pool = refill('1')
    const small = maxAge > 0 ? pool : xor(kernel(SMALL), pool)
    add('small draw', small.subarray(0, SMALL))
    const seed = add('used seed', xor(kernel(SEED), pool.subarray(SMALL)))
    if (expand === 'aes') {
      const { key, bytes } = ctrDrbg(seed, LARGE)
      add('AES key', key)
      add('large draw', bytes)
    } else {
      add('used pool', pool.subarray(0, SMALL + SEED))
      drbg?.reseed(seed)
      add('large draw', (drbg as OpenDrbg | undefined)?.generate(LARGE) as Uint8Array)
    }
    refill('2')
    return all
  }
  return { script, known }
}
