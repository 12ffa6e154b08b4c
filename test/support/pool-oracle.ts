/**
 * What a pool hands out, computed in the plainest way from what its kernel gave. It keeps every secret that should be
 * nowhere any more.
 */
import { createHash } from 'node:crypto'
import { ctrDrbg, OpenDrbg, xor } from './oracle.ts'

/** Gives the same bytes as every other of that name, read by read. */
export class ScriptedKernel {
  readonly kind = 'kernel'
  readonly #name: string
  reads = 0
  /** Called in the midst of each read, and of each check. */
  reading: (read: number) => void = () => {}
  checking: () => void = () => {}

  constructor(name: string) {
    this.#name = name
  }

  check(): void {
    this.checking()
  }

  read(out: Uint8Array, start: number, length: number): void {
    const read = this.reads++
    const bytes = createHash('shake256', { outputLength: length }).update(`${this.#name}/${read}`).digest()
    out.set(bytes, start)
    this.reading(read)
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    this.read(out, 0, length)
    return out
  }
}

export interface OracleSettings {
  kernel: ScriptedKernel
  hash: 'sha256' | 'sha512'
  expand: 'aes' | 'hmac'
  aged: boolean
  personalization: Uint8Array
  entropy: ((length: number) => Uint8Array) | undefined
  /** What is mixed in at a refill beside entropy. */
  inputs: () => Uint8Array
}

const SEED = 48
const STEP = 65_536
const NONE = new Uint8Array(0)
const wholeWords = (length: number): number => Math.ceil(length / 4) * 4

export class PoolOracle {
  readonly #settings: OracleSettings
  #drbg: OpenDrbg | undefined
  #pool: Uint8Array = NONE
  #position = 0
  #seed: Uint8Array = NONE
  #poolsLeft = 0
  /** Set from outside. */
  expired = false
  events = 0
  /** What has been used. */
  secrets: Uint8Array[] = []

  constructor(settings: OracleSettings) {
    this.#settings = settings
  }

  get longest(): number {
    return this.#settings.aged ? 2_048 : 256
  }

  #secret(bytes: Uint8Array): Uint8Array {
    this.secrets.push(bytes)
    return bytes
  }

  refill(extra: Uint8Array = NONE): void {
    const { kernel, hash, expand, aged, personalization, entropy, inputs } = this.#settings
    const user = this.#secret(entropy?.(32) ?? NONE)
    do {
      this.expired = false
      const bytes = this.#secret(kernel.bytes(SEED))
      const material = [bytes.subarray(0, 32), user, bytes.subarray(32)]
      if (this.#drbg === undefined)
        this.#drbg = new OpenDrbg(hash, Buffer.concat([...material, personalization, inputs(), extra]))
      else this.#drbg.reseed(Buffer.concat([...material, inputs(), extra]))
      this.#position = 0
      this.#poolsLeft = 0
      if (expand === 'hmac') this.#pool = this.#drbg.generate(2_048)
      else {
        this.#seed = this.#drbg.generate(SEED)
        this.#poolsLeft = aged ? 8 : 1
        this.#expand()
      }
    } while (this.expired)
  }

  #expand(): boolean {
    if (this.#poolsLeft === 0) return false
    this.#poolsLeft--
    const { bytes } = ctrDrbg(this.#secret(this.#seed), 32_768 + SEED)
    this.#pool = bytes.subarray(0, 32_768)
    this.#seed = bytes.subarray(32_768)
    this.#position = 0
    return true
  }

  #prepare(length: number): void {
    if (this.#position + length > this.#pool.length && !this.#expand()) this.refill()
  }

  #take(length: number): Uint8Array {
    const bytes = this.#pool.subarray(this.#position, this.#position + length)
    this.#position += wholeWords(length)
    return bytes
  }

  #fresh(length: number): Uint8Array {
    for (;;) {
      this.#prepare(length)
      const mask = this.#secret(this.#settings.kernel.bytes(Math.max(8, wholeWords(length))))
      const bytes = xor(this.#secret(this.#take(length)), mask)
      if (!this.expired) return bytes
      this.refill()
    }
  }

  #aged(length: number): Uint8Array {
    for (;;) {
      this.#prepare(length)
      const bytes = this.#secret(this.#take(length))
      if (!this.expired) return bytes
      this.refill()
    }
  }

  #expanded(length: number): Uint8Array {
    const lengths = Array.from({ length: Math.ceil(length / STEP) }, (_, i) => Math.min(STEP, length - i * STEP))
    for (;;) {
      const { events } = this
      const seeds = lengths.map(() => this.#secret(this.#fresh(SEED)))
      const parts = lengths.map((step, i) => {
        const seed = seeds[i] as Uint8Array
        if (this.#settings.expand === 'aes') return ctrDrbg(seed, step).bytes
        const drbg = this.#drbg as OpenDrbg
        drbg.reseed(seed)
        return drbg.generate(step)
      })
      if (events === this.events) return Buffer.concat(parts)
    }
  }

  draw(length: number): Uint8Array {
    if (length > this.longest) return this.#expanded(length)
    if (length === 0) return NONE
    return this.#settings.aged ? this.#aged(length) : this.#fresh(length)
  }

  /** As after the release before a snapshot. */
  forget(): void {
    this.#drbg = undefined
    this.#pool = NONE
    this.#position = 0
    this.#poolsLeft = 0
  }
}
