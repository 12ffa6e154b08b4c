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
const word53 = (at: number): number => (words.getUint32(at) >>> 11) * TWO_32 + words.getUint32(at + 4)

/** A uniform integer from 0 to n - 1; n at most 2^53. */
export function below(source: ByteSource, n: number): number {
  const small = n <= TWO_32
  const size = small ? 4 : 8
  const limit = small ? TWO_32 - (TWO_32 % n) : TWO_53 - (TWO_53 % n)
  try {
    for (;;) {
      source.draw(scratch, scratch.length)
      for (let at = 0; at < scratch.length; at += size) {
        const value = small ? words.getUint32(at) : word53(at)
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
  const value = word53(0)
  wipe(scratch)
  return value
}

const CHUNK = 16_384

/**
 * `count` uniform integers, each from 0 to n - 1, passed to `put` in turn, from as few bytes as they need:
 * 1, 2, 4 or 8 bytes for an n of up to 2^8, 2^16, 2^32, 2^53.
 */
export function manyBelow(source: ByteSource, count: number, n: number, offset: number): number[] {
  const size = n <= 2 ** 8 ? 1 : n <= 2 ** 16 ? 2 : n <= TWO_32 ? 4 : 8
  const range = size === 8 ? TWO_53 : 2 ** (8 * size)
  const limit = range - (range % n)
  const out: number[] = []
  const chunk = offHeap(Math.min(CHUNK, Math.max(16, Math.ceil(count * (range / limit) * size * 1.05))) & ~7)
  const view = new DataView(chunk.buffer)
  try {
    while (out.length < count) {
      source.draw(chunk, chunk.length)
      for (let at = 0; at < chunk.length && out.length < count; at += size) {
        const value =
          size === 1
            ? view.getUint8(at)
            : size === 2
              ? view.getUint16(at)
              : size === 4
                ? view.getUint32(at)
                : (view.getUint32(at) >>> 11) * TWO_32 + view.getUint32(at + 4)
        if (value < limit) out.push((value % n) + offset)
      }
    }
  } finally {
    wipe(chunk)
  }
  return out
}

/**
 * `count` uniform integers, the i-th from 0 to n - 1 - i: what a Fisher-Yates shuffle of n items needs.
 * n is the length of an array, hence below 2^32.
 */
export function descendingBelow(source: ByteSource, count: number, n: number): Uint32Array {
  const out = new Uint32Array(count)
  const chunk = offHeap(Math.min(CHUNK, Math.max(16, count * 4 + 16)))
  const view = new DataView(chunk.buffer)
  try {
    for (let i = 0; i < count; ) {
      source.draw(chunk, chunk.length)
      for (let at = 0; at + 4 <= chunk.length && i < count; at += 4) {
        const value = view.getUint32(at)
        const bound = n - i
        if (value < TWO_32 - (TWO_32 % bound)) out[i++] = value % bound
      }
    }
  } finally {
    wipe(chunk)
  }
  return out
}
