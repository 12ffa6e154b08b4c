/** Ids: UUIDs of version 4 and 7 (RFC 9562) and strings over an alphabet. */
import { offHeap, wipe } from '../bytes.ts'
import { manyBelow } from './integers.ts'
import type { ByteSource } from './source.ts'

/** 64 characters that need no escaping in a URL: 6 bits each, so that 21 of them hold as much as a UUID (122 bits). */
export const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const scratch = offHeap(16)

/** The 16 bytes of the scratch as a UUID of the given version, variant 10. Wipes them. */
function format(version: number): string {
  const b = scratch
  b[6] = ((b[6] as number) & 0x0f) | (version << 4)
  b[8] = ((b[8] as number) & 0x3f) | 0x80
  const hex = (i: number): string => HEX[b[i] as number] as string
  const uuid = `${hex(0)}${hex(1)}${hex(2)}${hex(3)}-${hex(4)}${hex(5)}-${hex(6)}${hex(7)}-${hex(8)}${hex(9)}-${hex(10)}${hex(11)}${hex(12)}${hex(13)}${hex(14)}${hex(15)}`
  wipe(b)
  return uuid
}

/** RFC 9562 §5.4: 122 random bits. */
export function uuid4(source: ByteSource): string {
  source.draw(scratch, 16)
  return format(4)
}

/** What makes version 7 ids of one thread ascend. */
let lastTime = 0
let lastCounter = 0
let lastGeneration = 0

/** 18 bits: rand_a (12) and the first 6 of rand_b. Some 130,000 ids a millisecond at least, as it starts in the lower half. */
const COUNTER_BITS = 18
const COUNTER_START_MASK = 2 ** (COUNTER_BITS - 1) - 1
const COUNTER_END = 2 ** COUNTER_BITS

/**
 * RFC 9562 §5.7: 48 bits of Unix time in milliseconds, then §6.2's fixed-length counter (method 1), begun at a random
 * value in each millisecond and after each copy, then 56 random bits. If the clock goes back or the counter runs over,
 * the time of the last id goes on.
 */
export function uuid7(source: ByteSource, generation: number): string {
  source.draw(scratch, 16)
  const b = scratch
  const random = (((b[6] as number) << 16) | ((b[7] as number) << 8) | (b[8] as number)) & COUNTER_START_MASK
  const now = Date.now()
  if (now > lastTime) {
    lastTime = now
    lastCounter = random
  } else if (generation !== lastGeneration || ++lastCounter === COUNTER_END) {
    lastTime++
    lastCounter = random
  }
  lastGeneration = generation
  const high = Math.floor(lastTime / 2 ** 32)
  b[0] = high >>> 8
  b[1] = high
  b[2] = lastTime / 2 ** 24
  b[3] = lastTime / 2 ** 16
  b[4] = lastTime / 2 ** 8
  b[5] = lastTime
  b[6] = lastCounter >>> 14
  b[7] = lastCounter >>> 6
  b[8] = lastCounter & 0x3f
  return format(7)
}

/** `length` characters, each drawn uniformly from `characters` (at least one, all different). */
export function string(source: ByteSource, length: number, characters: readonly string[]): string {
  let out = ''
  for (const position of manyBelow(source, length, characters.length, 0)) out += characters[position]
  return out
}
