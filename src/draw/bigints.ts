/** Integers of any size. They are immutable values of the language: unlike bytes, they cannot be wiped. */
import { offHeap, wipe } from '../bytes.ts'
import type { ByteSource } from './source.ts'

/** A uniform integer of `count` bits, from 0 to 2^count - 1. */
export function bits(source: ByteSource, count: number): bigint {
  if (count === 0) return 0n
  const bytes = offHeap(Math.ceil(count / 8))
  try {
    source.draw(bytes, bytes.length)
    bytes[0] = (bytes[0] as number) & (0xff >>> (8 * bytes.length - count))
    let hex = '0x'
    for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
    return BigInt(hex)
  } finally {
    wipe(bytes)
  }
}

/** A uniform integer from 0 to n - 1: draws as many bits as n - 1 has, again while the value is n or more. */
export function bigBelow(source: ByteSource, n: bigint): bigint {
  const count = n === 1n ? 0 : (n - 1n).toString(2).length
  for (;;) {
    const value = bits(source, count)
    if (value < n) return value
  }
}
