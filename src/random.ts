/**
 * The wiring: which generators there are, and what is mixed into them when.
 *
 * ## What is mixed when
 *
 * The danger is a copy of this process: it has every byte of this memory, and whatever is computed from memory alone
 * comes out the same in both. Only what comes from outside separates them. There are three moments for that.
 *
 * 1. **Each draw.** Up to 256 bytes are pool bytes XOR as many bytes that the kernel gives at that moment
 *    (SP 800-90C's XOR construction: as good as the better of the two). A larger draw is expanded from seeds that are
 *    such draws. So two copies differ from the first draw on, though nobody may have noticed the copy. The pool bytes
 *    are wiped as they are handed out.
 *
 *    There are two exceptions. With `maxAge` > 0 the kernel is not asked at each draw of up to 2 KiB, and a copy made since
 *    the last refill shares the rest of what that gave. And in a clone of a whole virtual machine the kernel is part of the copy: until
 *    it has been told (VMGENID), its bytes are the same, and only points 2 and 3 separate the clones.
 *
 * 2. **Each refill.** The pool is 32 KiB. When it is used up, or the generation number has moved, the HMAC-DRBG is
 *    reseeded from 48 kernel bytes, with as additional input: the live pid and its start time, the parent's pid, the
 *    thread id, the cluster worker's id, the generation, both clocks, and what events brought along (3). Then it
 *    generates 48 bytes, which one CTR_DRBG expands into the pool. (With `maxAge` > 0 a refill gives eight pools, one
 *    after the other, each expanded from 48 bytes that the one before gave.) Before that, `/proc/self/stat` is read: a
 *    pid or a start time that is not the last one seen means that this process was forked or restored, which is an event.
 *
 * 3. **Each event** (an `atfork()`, a deserialised snapshot, a noticed fork or restore). A digest of the identity
 *    above, of `/dev/hwrng` where it answers at once, and of the bytes that `atfork(extra)` was given goes into 32
 *    shared bytes, which every generator in every thread takes in at its next refill; and the generation number moves
 *    on, which makes that refill due at its next draw.
 *
 * The clocks and ids make copies distinct. They are never counted as secret: that is what the kernel's bytes are for.
 *
 * After an event, what is not ours is repaired: see src/heal/healing.ts. Then the hooks run: src/lifecycle/hooks.ts. In
 * an `atfork()` both happen before it returns; when a draw has noticed the copy, as a microtask after that draw.
 *
 * Two things move the generation on without an event. A cluster worker, forked child or thread mixes its identity into
 * the shared bytes as the package is imported: it was not copied, for it started with fresh memory. And the parent that
 * starts a child or a thread was not copied either, but its next draw refills.
 */
import type { Readable } from 'node:stream'
import { sha256 } from '@noble/hashes/sha2.js'
import { checkBytes, checkFunction, checkInteger, checkOneOf, checkOptions, option, wrongValue } from './checks.ts'
import { Draws, makeCallable } from './draw/draws.ts'
import { uuid7 } from './draw/ids.ts'
import { hasAes } from './drbg/ctr-drbg.ts'
import { checkHash, type DrbgHash } from './drbg/hmac-drbg.ts'
import { LIMITS } from './drbg/limits.ts'
import { systemEntropy } from './entropy/system.ts'
import { heal } from './heal/healing.ts'
import { onCopy } from './lifecycle/atfork.ts'
import { advanceIds, lastEvent } from './lifecycle/record.ts'
import { watch } from './lifecycle/watch.ts'
import { Pool, type PoolSettings } from './pool.ts'
import { randomStream } from './random-stream.ts'

/** What {@link createRandom} takes. */
export interface RandomOptions {
  /** The DRBG's hash function, from @noble/hashes. Default: SHA-256. */
  hash?: DrbgHash
  /** personalization_string of SP 800-90A §8.7.1: sets this generator apart from others. Not secret. */
  personalization?: Uint8Array
  /**
   * A further source: asked for at least `length` bytes at each refill, which are taken in beside the kernel's. It
   * never replaces the kernel. What it throws, the draw throws. If it draws from this generator itself, it is not
   * asked again for that draw.
   */
  entropy?: (length: number) => Uint8Array
  /**
   * Milliseconds that kernel entropy may be old when it is used, 0 to 2^31 - 1. Default: 0, fresh in each draw.
   *
   * Above 0 draws are much faster, for this price: a copy of the process that is made less than `maxAge` after a
   * refill hands out the rest of what that gave (256 KiB at most) a second time, until `atfork()` is called in it or its own wall clock says
   * that the time has passed. In a clone of a virtual machine that clock did not move. Not for what must differ after
   * a fork(2) or a clone that nobody reports.
   */
  maxAge?: number
  /** What fills pools: 'aes' (default where there is node:crypto) is CTR_DRBG; 'hmac' is HMAC-DRBG alone, and slow. */
  expand?: 'aes' | 'hmac'
  /**
   * After a copy of the process: 'remix' (default) goes on with fresh entropy; 'throw' throws a ForkError at each draw
   * until `reseed()` is called. For that it looks at the process's identity at each draw, which takes some 20 µs.
   * Where `/proc/self/stat` cannot be read (other systems, `--permission`), and for a clone of a virtual machine, it
   * hears of a copy only from the snapshot's callback or from `atfork()`.
   */
  onFork?: 'remix' | 'throw'
}

/**
 * A generator that survives being copied: {@link random}, or one of {@link createRandom}. Called as a function, it
 * returns that many uniform bytes.
 */
export interface Random extends LiveDraws {
  (length: number): Uint8Array<ArrayBuffer>
}

class LiveDraws extends Draws {
  readonly #pool: Pool
  readonly #settings: PoolSettings

  constructor(settings: PoolSettings) {
    const pool = new Pool(settings)
    super(makeCallable(LiveDraws.prototype), pool)
    this.#pool = pool
    this.#settings = settings
  }

  /**
   * A UUID of version 7 (RFC 9562 §5.7): the time in milliseconds, then a counter, then 56 random bits. Each is
   * greater than the one before, in all threads that an `atfork()` reaches. The time can be read from it.
   *
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.uuidv7() // sorts by time of creation
   * ```
   */
  uuidv7(): string {
    return uuid7(this.#pool, advanceIds, lastEvent)
  }

  /**
   * A Readable of random bytes, without end. What it has read ahead is not handed out as it is, but with fresh bytes
   * mixed in as it leaves: copies of this process share nothing of it.
   *
   * @throws Error where there is no node:stream. An EntropyError destroys the stream.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * for await (const chunk of random.stream()) {
   *   console.log(chunk.length) // of a Buffer
   *   break
   * }
   * ```
   */
  stream(): Readable {
    return randomStream((view) => void this.fill(view))
  }

  /**
   * Takes fresh kernel entropy into this generator and makes its pool anew.
   *
   * @param extra - Uint8Array of any length, taken in as well. Default: none.
   * @throws TypeError for `extra`; EntropyError, and then the state is as it was.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.reseed()
   * ```
   */
  reseed(extra?: Uint8Array): void {
    this.#pool.reseed(extra === undefined ? NONE : checkBytes('extra', extra, 0, MAX_INPUT))
  }

  /** Where fresh entropy comes from: the kernel's device, or the platform's generator where there is no device. */
  get entropySource(): 'kernel' | 'platform' {
    return this.#settings.source.kind
  }
}

const NONE = new Uint8Array(0)
/** The longest time that setTimeout knows, too. */
const MAX_AGE = 2 ** 31 - 1
/** Leaves room for what is taken in beside it. */
const MAX_INPUT = LIMITS.maxAdditionalInputLength / 2

/**
 * Makes a generator of its own, with a state that it shares with no other. It has the methods of {@link random}.
 *
 * @param options - See {@link RandomOptions}.
 * @throws TypeError, RangeError for options.
 * @example
 * ```ts
 * import { createRandom } from 'atfork'
 * const ids = createRandom({ maxAge: 10 }) // read what maxAge gives up
 * ids.uuid()
 * ```
 */
export function createRandom(options?: RandomOptions): Random {
  checkOptions('options', options)
  const hash = option(options, 'hash', sha256)
  const personalization = option(options, 'personalization', NONE)
  const entropy = option(options, 'entropy', undefined)
  const maxAge = option(options, 'maxAge', 0)
  const expand = option(options, 'expand', hasAes ? 'aes' : 'hmac')
  const onFork = option(options, 'onFork', 'remix')
  if (expand === 'aes' && !hasAes) throw wrongValue('expand', "'hmac', for this runtime has no node:crypto", expand)
  const bytes = checkBytes('personalization', personalization, 0, MAX_INPUT)
  return new LiveDraws({
    source: systemEntropy,
    hash: checkHash(hash),
    personalization: bytes.length === 0 ? NONE : bytes.slice(),
    entropy: entropy === undefined ? undefined : checkFunction('entropy', entropy),
    maxAge: checkInteger('maxAge', maxAge, 0, MAX_AGE),
    expand: checkOneOf('expand', expand, ['aes', 'hmac']),
    onFork: checkOneOf('onFork', onFork, ['remix', 'throw']),
  }) as Random
}

const first = watch()

/**
 * The generator of this process. Uniform random bytes, numbers, choices and ids that no copy of the process repeats.
 *
 * @example
 * ```ts
 * import { random } from 'atfork'
 * random(16) // Uint8Array(16)
 * random.int(1, 7)
 * random.uuid()
 * ```
 */
export const random: Random = createRandom()

// One copy of the package in an isolate heals.
if (first) onCopy((event) => heal(event, (bytes) => random.fill(bytes)))
