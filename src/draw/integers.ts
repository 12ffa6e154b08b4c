/**
 * Uniform integers without modulo bias.
 *
 * Rejection: of the 2^b values of b random bits, the highest multiple m of n that fits is split evenly among the n
 * results by `% n`; a value of m or more is thrown away and drawn anew. m > 2^b / 2, so that less than half are.
 */
import { offHeap, wipe } from '../bytes.ts'
import type { ByteSource } from './source.ts'

const TWO_32 = 2 ** 32
const TWO_53 = 2 ** 53

/** Two values a draw: reading 16 bytes from the kernel costs as much as reading 1. */
const scratch = offHeap(16)
const words = new DataView(scratch.buffer)

/** The 53-bit number at `at`: its 21 high bits and its 32 low bits. */
const word53 = (view: DataView, at: number): number => (view.getUint32(at) >>> 11) * TWO_32 + view.getUint32(at + 4)

/** A uniform integer from 0 to n - 1; n at most 2^53. */
export function below(source: ByteSource, n: number): number {
  const small = n <= TWO_32
  const size = small ? 4 : 8
  const limit = small ? TWO_32 - (TWO_32 % n) : TWO_53 - (TWO_53 % n)
  try {
    for (;;) {
      source.draw(scratch, scratch.length)
      for (let at = 0; at < scratch.length; at += size) {
        const value = small ? words.getUint32(at) : word53(words, at)
        if (value < limit) return value % n
      }
    }
  } finally {
    wipe(scratch)
  }
}

/** A uniform 53-bit integer. */
export function bits53(source: ByteSource): number {
  source.draw(scratch, 8)
  const value = word53(words, 0)
  wipe(scratch)
  return value
}

const CHUNK = 16_384
const SMALL_CHUNK = 2_048

/** Off V8's heap a buffer costs as much as drawing a thousand bytes into it. Taken away while it is in use. */
let spare: Uint8Array<ArrayBuffer> | undefined = offHeap(SMALL_CHUNK)

/** Calls `use` with a buffer, and how much of it about `count` words of `size` bytes take, a share of 1 - `kept` rejected. */
function withChunk(
  count: number,
  size: number,
  kept: number,
  use: (chunk: Uint8Array<ArrayBuffer>, length: number) => void,
): void {
  const expected = Math.ceil((count / kept) * 1.05) * size
  const length = Math.ceil(Math.min(CHUNK, Math.max(16, expected)) / 8) * 8
  const chunk = length <= SMALL_CHUNK && spare !== undefined ? spare : offHeap(length)
  if (chunk === spare) spare = undefined
  try {
    use(chunk, length)
  } finally {
    chunk.fill(0, 0, length)
    if (chunk.length === SMALL_CHUNK) spare = chunk
  }
}

/**
 * `count` uniform integers from `offset` to `offset` + n - 1, in as few bytes as they need: 1, 2, 4 or 8 each.
 *
 * Words of b = 8 or 16 bits by multiplication: floor(w·n / 2^b). Each result has floor(2^b / n) words or one more;
 * rejecting those whose w·n mod 2^b is below 2^b mod n leaves each equally many (Lemire 2019, arXiv 1805.10941). w·n is
 * below 2^32. Longer words by remainder, as above.
 */
export function manyBelow(source: ByteSource, count: number, n: number, offset: number): number[] {
  const out: number[] = new Array(count)
  const size = n <= 2 ** 8 ? 1 : n <= 2 ** 16 ? 2 : n <= TWO_32 ? 4 : 8
  const range = size === 8 ? TWO_53 : 2 ** (8 * size)
  const rejected = range % n
  withChunk(count, size, 1 - rejected / range, (chunk, length) => {
    const view = new DataView(chunk.buffer)
    for (let done = 0; done < count; ) {
      source.draw(chunk, length)
      if (size === 1) done = bytesBelow(chunk, length, out, done, count, n, rejected, offset)
      else
        for (let at = 0; at < length && done < count; at += size) {
          if (size === 2) {
            const product = Math.imul(view.getUint16(at), n)
            if ((product & (range - 1)) >= rejected) out[done++] = (product >>> 16) + offset
          } else {
            const value = size === 4 ? view.getUint32(at) : word53(view, at)
            if (value < range - rejected) out[done++] = (value % n) + offset
          }
        }
    }
  })
  return out
}

/** The loop for words of 8 bits, by itself: twice as fast as one in which the size is asked for each word. */
function bytesBelow(
  chunk: Uint8Array,
  length: number,
  out: number[],
  first: number,
  count: number,
  n: number,
  rejected: number,
  offset: number,
): number {
  let done = first
  for (let at = 0; at < length && done < count; at++) {
    const product = Math.imul(chunk[at] as number, n)
    if ((product & 0xff) >= rejected) {
      out[done] = (product >> 8) + offset
      done++
    }
  }
  return done
}

/**
 * `count` uniform integers, the i-th from 0 to n - 1 - i: what a Fisher-Yates shuffle of n items needs.
 * n is the length of an array, hence below 2^32.
 */
export function descendingBelow(source: ByteSource, count: number, n: number): Uint32Array {
  const out = new Uint32Array(count)
  withChunk(count, 4, 1, (chunk, length) => {
    const view = new DataView(chunk.buffer)
    for (let i = 0; i < count; ) {
      source.draw(chunk, length)
      for (let at = 0; at + 4 <= length && i < count; at += 4) {
        const value = view.getUint32(at)
        const bound = n - i
        if (value < TWO_32 - (TWO_32 % bound)) out[i++] = value % bound
      }
    }
  })
  return out
}
