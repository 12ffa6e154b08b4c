/** Byte sources for tests: what a draw sees is known to the byte, and so is whether it drew at all. */
import { Draws, makeCallable } from '../../src/draw/draws.ts'
import type { ByteSource } from '../../src/draw/source.ts'

/** How far past its script a source goes on: a loop that rejects everything ends here, instead of never. */
const ALLOWANCE = 2 ** 20

/** Hands out the script, then zeros, and counts. */
export class ScriptedSource implements ByteSource {
  /** How often it was asked. */
  draws = 0
  /** How many bytes it has handed out. */
  drawn = 0
  readonly #script: Uint8Array

  constructor(script: Iterable<number> = []) {
    this.#script = Uint8Array.from(script)
  }

  draw(out: Uint8Array, length: number): void {
    this.draws++
    if (this.drawn + length > this.#script.length + ALLOWANCE) throw new Error('far more drawn than scripted')
    out.fill(0, 0, length)
    out.set(this.#script.subarray(this.drawn, this.drawn + length))
    this.drawn += length
  }
}

/** Fails after it has written: those bytes must not reach anybody. */
export class FailingSource implements ByteSource {
  readonly error: Error = new Error('no entropy')

  draw(out: Uint8Array, length: number): void {
    out.fill(0xee, 0, length)
    throw this.error
  }
}

class SourceDraws extends Draws {
  constructor(source: ByteSource) {
    super(makeCallable(SourceDraws.prototype), source)
  }
}

/** A generator on a source of the test's own. */
export interface TestDraws extends SourceDraws {
  (length: number): Uint8Array<ArrayBuffer>
}

/** All draws, from the given source. */
export const drawsFrom = (source: ByteSource): TestDraws => new SourceDraws(source) as TestDraws

/** Big-endian words of 1, 2 or 4 bytes. Or of 8: the top 53 bits, the low 11 of the high half being junk. */
export function wordBytes(size: 1 | 2 | 4 | 8, values: Iterable<number>): Uint8Array {
  const bytes: number[] = []
  const push = (value: number, length: number): void => {
    for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) bytes.push((value >>> shift) & 0xff)
  }
  for (const value of values) {
    if (size === 8) {
      push(((Math.floor(value / 2 ** 32) << 11) | 0x7ff) >>> 0, 4)
      push(value >>> 0, 4)
    } else push(value, size)
  }
  return Uint8Array.from(bytes)
}

/** All words of 1 or 2 bytes, each once, out of order: each step is a permutation. A different one for each `salt`. */
export function allWords(size: 1 | 2, salt: number): Uint8Array {
  const bits = 8 * size
  const mask = 2 ** bits - 1
  return wordBytes(
    size,
    Array.from({ length: 2 ** bits }, (_, i) => {
      const x = Math.imul(i ^ (i >>> 3), 2 * salt + 167) & mask
      return (Math.imul(x ^ (x >>> (bits / 2)), 2 * salt + 229) + salt) & mask
    }),
  )
}
