/**
 * Reproducible streams, for simulations and tests. Not for secrets: who knows the seed knows every value.
 *
 * What a seed gives is part of the interface, the same on every machine and Node line: HMAC-DRBG (SHA-256),
 * instantiated from a digest of the seed, with the way from the root to this stream as personalization string, and
 * generated from in blocks of BLOCK bytes.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { checkBytes, checkInteger, wrongKind } from './checks.ts'
import { Draws, makeCallable } from './draw/draws.ts'
import type { ByteSource } from './draw/source.ts'
import { HmacDrbg } from './drbg/hmac-drbg.ts'

const BLOCK = 1024
const MAX_CHILDREN = 2 ** 32 - 1 // what an array can hold

const utf8 = new TextEncoder()

/** A stream of bytes: how they are asked for does not change them. */
class SeededStream implements ByteSource {
  readonly #drbg: HmacDrbg
  #block: Uint8Array = new Uint8Array(0)
  #position = 0

  constructor(seed: Uint8Array, path: readonly number[]) {
    this.#drbg = new HmacDrbg({
      entropy: seed,
      nonce: utf8.encode('atfork.seeded/v1'),
      personalization: utf8.encode(path.join('/')),
    })
  }

  draw(out: Uint8Array, length: number): void {
    for (let done = 0; done < length; ) {
      if (this.#position === this.#block.length) {
        this.#block = this.#drbg.generate(BLOCK)
        this.#position = 0
      }
      const part = this.#block.subarray(this.#position, this.#position + length - done)
      out.set(part, done)
      this.#position += part.length
      done += part.length
    }
  }
}

/**
 * A reproducible generator: {@link seeded}. It has the methods of `random`, without those that depend on the time or
 * the kernel, and is not touched by `atfork()`.
 */
export interface SeededRandom extends Seeded {
  (length: number): Uint8Array<ArrayBuffer>
}

class Seeded extends Draws {
  readonly #seed: Uint8Array
  readonly #path: readonly number[]
  #children = 0

  constructor(seed: Uint8Array, path: readonly number[]) {
    super(makeCallable(Seeded.prototype), new SeededStream(seed, path))
    this.#seed = seed
    this.#path = path
  }

  /**
   * Makes child streams, for instance one a worker. Each has a number of its own, counted over all calls, and so a
   * personalization string that no other stream of the same seed has. Making them draws nothing from this stream.
   *
   * @param count - 0 to 2^32 - 1 in all.
   * @returns An array of `count` generators.
   * @throws TypeError, RangeError for `count`.
   * @example
   * ```ts
   * import { seeded } from 'atfork'
   * const [left, right] = seeded('experiment 12').spawn(2)
   * ```
   */
  spawn(count: number): SeededRandom[] {
    checkInteger('count', count, 0, MAX_CHILDREN - this.#children)
    return Array.from({ length: count }, () => make(this.#seed, [...this.#path, this.#children++]))
  }
}

const make = (seed: Uint8Array, path: readonly number[]): SeededRandom => new Seeded(seed, path) as SeededRandom

/**
 * A generator whose values follow from its seed: for simulations and tests, never for secrets. The same seed gives the
 * same values on every machine and Node line. It is never reseeded and not touched by `atfork()`.
 *
 * @param seed - A string or a Uint8Array of any length. A string and its UTF-8 bytes are different seeds.
 * @throws TypeError if it is something else, or a string that is not well-formed Unicode.
 *
 * @example
 * ```ts
 * import { seeded } from 'atfork'
 * const dice = seeded('game 7')
 * dice.ints(3, 1, 7) // the same three each time
 * ```
 */
export function seeded(seed: string | Uint8Array): SeededRandom {
  const digest = sha256.create()
  if (typeof seed === 'string') {
    // Lone surrogates all become U+FFFD in UTF-8: different strings would be the same seed.
    if (!seed.isWellFormed()) throw new TypeError('"seed" expected well-formed Unicode, got lone surrogates')
    digest.update(utf8.encode(`string:${seed}`))
  } else if (ArrayBuffer.isView(seed)) digest.update(utf8.encode('bytes:')).update(checkBytes('seed', seed))
  else throw wrongKind('seed', 'a string or a Uint8Array', seed)
  return make(digest.digest(), [])
}
