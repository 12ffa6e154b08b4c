/**
 * Bytes that are handed out once. Each is wiped as it leaves: it is here no more, and cannot be handed out twice.
 *
 * By words of four bytes, which takes a third of the time that single bytes take. Whatever is left of a word is
 * thrown away with it.
 */
import { type Words, wipe, words } from './bytes.ts'

const NOTHING = words(0)
/** Up to here a loop is faster than a call. */
const SHORT = 64

/** @internal */
export class Reservoir {
  #words: Words = NOTHING
  /** In words. */
  #position = 0

  /** Whether so many bytes are left. */
  has(length: number): boolean {
    return (this.#position << 2) + length <= this.#words.bytes.length
  }

  /**
   * Hands out the next bytes: out[start…] = bytes ⊕ mask. The mask is as long, or longer.
   */
  takeMixed(out: Uint8Array, start: number, length: number, mask: Int32Array): void {
    const from = this.#words.int32
    const first = this.#position
    const whole = length >>> 2
    this.#position = first + ((length + 3) >>> 2)
    let at = start
    for (let i = 0; i < whole; i++) {
      const word = (from[first + i] as number) ^ (mask[i] as number)
      from[first + i] = 0
      out[at] = word
      out[at + 1] = word >>> 8
      out[at + 2] = word >>> 16
      out[at + 3] = word >>> 24
      at += 4
    }
    const end = start + length
    if (at === end) return
    let word = (from[first + whole] as number) ^ (mask[whole] as number)
    from[first + whole] = 0
    for (; at < end; at++, word >>>= 8) out[at] = word
  }

  /**
   * Hands out the next bytes as they are, to the beginning of `out`. A loop of its own: with a mask of zeros a draw within
   * maxAge took 3 to 7 % longer.
   */
  take(out: Uint8Array, length: number): void {
    if (length > SHORT) {
      this.#takeLong(out, length)
      return
    }
    const from = this.#words.int32
    const whole = length & ~3
    let position = this.#position
    let at = 0
    while (at < whole) {
      const word = from[position] as number
      from[position++] = 0
      out[at++] = word
      out[at++] = word >>> 8
      out[at++] = word >>> 16
      out[at++] = word >>> 24
    }
    if (at < length) {
      let word = from[position] as number
      from[position++] = 0
      for (; at < length; word >>>= 8) out[at++] = word
    }
    this.#position = position
  }

  #takeLong(out: Uint8Array, length: number): void {
    const { bytes } = this.#words
    const from = this.#position << 2
    this.#position += (length + 3) >>> 2
    out.set(bytes.subarray(from, from + length))
    bytes.fill(0, from, this.#position << 2)
  }

  /** Takes new bytes in, which it wipes where they were. What was left is overwritten. */
  fill(bytes: Uint8Array): void {
    try {
      if (this.#words.bytes.length !== bytes.length) {
        this.empty()
        this.#words = words(bytes.length)
      }
      this.#words.bytes.set(bytes)
      this.#position = 0
    } finally {
      wipe(bytes)
    }
  }

  /** Wipes what is left. */
  empty(): void {
    wipe(this.#words.bytes)
    this.#position = this.#words.int32.length
  }
}
