/**
 * One generator's state: an HMAC-DRBG, the pool that it fills, and the draws from that.
 *
 *   kernel bytes + identity → HMAC-DRBG → 48-byte seed → CTR_DRBG → pool → draw ⊕ fresh kernel bytes
 *
 * A copy of this process has the same DRBG and the same pool. Because of the last step it hands out other bytes all
 * the same, whether anybody noticed the copy or not.
 */
import { offHeap, type Words, wipe, words } from './bytes.ts'
import type { ByteSource } from './draw/source.ts'
import { ctrDrbg, ctrDrbgInto, SEED_LENGTH } from './drbg/ctr-drbg.ts'
import { LIMITS } from './drbg/limits.ts'
import { type EntropySource, MIN_READ } from './entropy/source.ts'
import { ForkError } from './errors.ts'
import { Expansion } from './expansion.ts'
import { catchUp } from './lifecycle/atfork.ts'
import { identity } from './lifecycle/identity.ts'
import { generation, lastEvent, mixed } from './lifecycle/record.ts'
import { type DrbgSettings, LiveDrbg } from './live-drbg.ts'
import { Reservoir } from './reservoir.ts'
import { beforeSerialize } from './startup-snapshot.ts'

/** What one generator is made of. All of it has been checked. */
export interface PoolSettings extends DrbgSettings {
  /** Milliseconds that kernel entropy may be old when it is used. */
  maxAge: number
  /** How a seed becomes a pool. */
  expand: 'aes' | 'hmac'
  onFork: 'remix' | 'throw'
}

/** Draws up to here come out of the pool; larger ones are expanded from a seed that does. */
const MAX_POOL_DRAW = 256
/** The same where no kernel byte has to be read for each: a cipher's start costs as much as copying this. */
const MAX_AGED_DRAW = 2_048
/** A refill costs as much as some 50 draws: 128 to 2,048 draws share it, and the memory budget is 40 KiB. */
const POOL_LENGTH = 32_768
/** Within maxAge, one refill gives so many pools: it costs ten times what expanding one does. */
const AGED_POOLS = 8
/** HMAC takes 45 ns a byte in JavaScript: a pool of 2 KiB keeps the first draw below 0.2 ms. */
const HMAC_POOL_LENGTH = 2_048
const NOTHING = new Uint8Array(0)

/**
 * Where kernel bytes are read to. Not straight into the result: of up to 64 bytes, that is on V8's heap, and Node
 * would have to move it out first, which costs as much as the read. A draw takes it away while it needs it: a draw
 * within that draw (a tracer that had wrapped fs.readSync before we were imported) makes one of its own.
 */
let spare: Words | undefined = words(MAX_POOL_DRAW)
/** The same for what a long draw is expanded from. */
let spareSeed: Uint8Array | undefined = offHeap(SEED_LENGTH)

/** @internal */
export class Pool implements ByteSource {
  readonly #settings: PoolSettings
  // Read at each draw, hence not in #settings.
  readonly #source: EntropySource
  readonly #maxAge: number
  readonly #throws: boolean
  readonly #longest: number
  readonly #drbg: LiveDrbg
  readonly #pool = new Reservoir()
  /** What the last refill still gives. */
  readonly #expansion = new Expansion()
  /** The generation that the pool belongs to. */
  #generation = 0
  /** The last copy that the user of an `onFork: 'throw'` generator knows of. */
  #knownEvent = lastEvent()
  /** Wall clock at the last refill, and when it was last read, ms. */
  #filledAt = 0
  #lastSeen = 0

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#drbg = new LiveDrbg(settings)
    this.#source = settings.source
    this.#maxAge = settings.maxAge
    this.#throws = settings.onFork === 'throw'
    this.#longest = settings.maxAge === 0 ? MAX_POOL_DRAW : MAX_AGED_DRAW
    if (!this.#throws) return
    catchUp() // what happened before this generator was made is none of its business
    this.#knownEvent = lastEvent()
  }

  draw(out: Uint8Array, length: number): void {
    if (length > this.#longest) this.#drawExpanded(out, length)
    else if (length === 0) return
    else if (this.#maxAge === 0) this.#drawFresh(out, 0, length)
    else this.#drawAged(out, length)
  }

  /** What is expanded in one step is a new array already. */
  whole(length: number): Uint8Array<ArrayBuffer> | undefined {
    const { expand } = this.#settings
    if (length <= this.#longest || length > LIMITS.maxBytesPerRequest || expand !== 'aes') return undefined
    const seed = spareSeed ?? offHeap(SEED_LENGTH)
    spareSeed = undefined
    try {
      for (;;) {
        const event = lastEvent()
        this.#drawFresh(seed, 0, SEED_LENGTH)
        const bytes = ctrDrbg(seed, length)
        if (event === lastEvent()) return bytes
        wipe(bytes)
      }
    } finally {
      wipe(seed)
      spareSeed = seed
    }
  }

  /**
   * Fresh kernel entropy into the state, and a new pool.
   *
   * @param extra - Taken in as additional input.
   */
  reseed(extra: Uint8Array): void {
    this.#refill(extra, true)
  }

  /**
   * pool ⊕ kernel (SP 800-90C, XOR construction).
   *
   * The generation is compared last: whether it had moved on before or in the midst of this, what was drawn is not
   * fresh enough, and is drawn anew.
   */
  #drawFresh(out: Uint8Array, start: number, length: number): void {
    const asked = Math.max((length + 3) & ~3, MIN_READ) // whole words: of the last one, any bytes can be the draw's
    const kernel = spare ?? words(MAX_POOL_DRAW)
    spare = undefined
    try {
      for (;;) {
        this.#prepare(length)
        this.#source.read(kernel.bytes, 0, asked)
        if (!this.#pool.has(length)) continue // a draw within the read has used it up
        this.#pool.takeMixed(out, start, length, kernel.int32)
        if (this.#generation === generation()) return
        this.#refill(NOTHING, false)
      }
    } finally {
      kernel.bytes.fill(0, 0, asked)
      spare = kernel
    }
  }

  /** The pool alone, which is younger than maxAge. */
  #drawAged(out: Uint8Array, length: number): void {
    for (;;) {
      this.#prepare(length)
      if (!this.#pool.has(length)) continue // a draw within the cipher's start has used it up
      this.#pool.take(out, length)
      if (this.#generation === generation()) return
      this.#refill(NOTHING, false)
    }
  }

  /** Sees to a pool that is long enough for this draw, and young enough. */
  #prepare(length: number): void {
    if (this.#throws) this.#refuseCopies()
    if (this.#maxAge > 0 && this.#isOld()) this.#refill(NOTHING, false)
    else if (!this.#pool.has(length) && !this.#expandNext()) this.#refill(NOTHING, false)
  }

  /**
   * In steps, each expanded from a seed of its own, which has fresh kernel bytes in it whatever maxAge says: a copy would
   * repeat a thousand times as much as the pool holds. All seeds are drawn first: what can fail fails before `out`. Each
   * seed's draw looks at the generation; the whole is drawn anew only after a copy, not after each spawned process.
   */
  #drawExpanded(out: Uint8Array, length: number): void {
    const step = LIMITS.maxBytesPerRequest
    const seeds = offHeap(Math.ceil(length / step) * SEED_LENGTH)
    try {
      let event: number
      do {
        event = lastEvent()
        for (let at = 0; at < seeds.length; at += SEED_LENGTH) this.#drawFresh(seeds, at, SEED_LENGTH)
        for (let start = 0, at = 0; start < length; start += step, at += SEED_LENGTH)
          this.#expand(seeds.subarray(at, at + SEED_LENGTH), out, start, Math.min(step, length - start))
      } while (event !== lastEvent())
    } finally {
      wipe(seeds)
    }
  }

  #expand(seed: Uint8Array, out: Uint8Array, start: number, length: number): void {
    if (this.#settings.expand === 'aes') {
      ctrDrbgInto(seed, out, start, length)
      return
    }
    const bytes = this.#drbg.generate(length, { entropy: seed })
    out.set(bytes, start)
    wipe(bytes)
  }

  /** Whether the last refill was longer ago than maxAge. */
  #isOld(): boolean {
    // By the wall clock, which goes on while a machine is suspended. If it went back, or says nothing, the age is unknown.
    const now = Date.now()
    const known = now >= this.#lastSeen && now - this.#filledAt < this.#maxAge
    if (known) this.#lastSeen = now // if not, it is unknown until a refill has succeeded
    return !known
  }

  /** For `onFork: 'throw'`: looks for a copy at each draw, and throws after one until reseed() is called. */
  #refuseCopies(): void {
    catchUp()
    if (lastEvent() === this.#knownEvent) return
    throw new ForkError(
      "this process was copied, and this generator was made with onFork: 'throw': call reseed() on it, or make a new one",
    )
  }

  /** A refill is a reseed; at the first one, the instantiation. */
  #refill(extra: Uint8Array, acceptCopy: boolean): void {
    const userEntropy = this.#drbg.askUser()
    try {
      catchUp()
      this.#source.check()
      const event = lastEvent()
      let current: number
      do {
        current = generation()
        const filledAt = Number(Date.now()) // one that gives a bigint must not be remembered
        if (this.#drbg.reseed([identity(), mixed(), extra], userEntropy)) this.#releaseBeforeSnapshot()
        this.#fillPool()
        this.#filledAt = this.#lastSeen = filledAt
        this.#generation = current
      } while (current !== generation())
      if (acceptCopy) this.#knownEvent = event
    } finally {
      if (userEntropy !== undefined) wipe(userEntropy)
    }
  }

  #fillPool(): void {
    this.#pool.empty() // nothing to draw from until it is full again
    this.#expansion.end()
    if (this.#settings.expand === 'hmac') this.#pool.fill(this.#drbg.generate(HMAC_POOL_LENGTH))
    else {
      this.#expansion.start(this.#drbg.generate(SEED_LENGTH), this.#maxAge > 0 ? AGED_POOLS : 1)
      this.#expandNext()
    }
  }

  /** Makes the pool anew from what the last refill still gives. Returns false if that is nothing. */
  #expandNext(): boolean {
    const bytes = this.#expansion.next(POOL_LENGTH)
    if (bytes === undefined) return false
    this.#pool.fill(bytes)
    return true
  }

  #releaseBeforeSnapshot(): void {
    const self = new WeakRef(this)
    beforeSerialize(() => {
      const pool = self.deref()
      if (pool !== undefined) pool.#release()
    })
  }

  #release(): void {
    this.#drbg.wipe()
    this.#pool.empty()
    this.#expansion.end()
  }
}
