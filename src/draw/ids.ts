/** Ids: UUIDs of version 4 and 7 (RFC 9562) and strings over an alphabet. */
import { offHeap } from '../bytes.ts'
import { manyBelow } from './integers.ts'
import type { ByteSource } from './source.ts'

/** 64 characters that need no escaping in a URL: 6 bits each, so that 21 of them hold as much as a UUID (122 bits). */
export const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const scratch = offHeap(16)

// The character codes of each byte's two digits. Made into a string in one call: joining 16 two-digit strings takes
// twice as long, and a table of four-digit strings, which is as fast, takes 2 MB.
const DIGITS = '0123456789abcdef'
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte >>> 4))
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte & 0xf))
const DASH = '-'.charCodeAt(0)
const high = (i: number): number => HIGH[scratch[i] as number] as number
const low = (i: number): number => LOW[scratch[i] as number] as number
const { fromCharCode } = String

/** The 16 bytes of the scratch as a UUID of the given version, variant 10. Wipes them. */
function format(version: number): string {
  scratch[6] = ((scratch[6] as number) & 0x0f) | (version << 4)
  scratch[8] = ((scratch[8] as number) & 0x3f) | 0x80
  // biome-ignore format: one group a line
  const uuid = fromCharCode(
    high(0), low(0), high(1), low(1), high(2), low(2), high(3), low(3), DASH,
    high(4), low(4), high(5), low(5), DASH,
    high(6), low(6), high(7), low(7), DASH,
    high(8), low(8), high(9), low(9), DASH,
    high(10), low(10), high(11), low(11), high(12), low(12), high(13), low(13), high(14), low(14), high(15), low(15),
  )
  scratch.fill(0)
  return uuid
}

/** RFC 9562 §5.4: 122 random bits. */
export function uuid4(source: ByteSource): string {
  source.draw(scratch, 16)
  return format(4)
}

/** Replaces the last id's time and counter, which all threads share, by what `next` makes of them. */
export type Advance = (next: (last: bigint) => bigint) => bigint

/** 18 bits: rand_a (12) and the first 6 of rand_b. Some 130,000 ids a millisecond at least, as it starts in the lower half. */
const COUNTER_BITS = 18
const COUNTER_START_MASK = 2 ** (COUNTER_BITS - 1) - 1
const COUNTER_MASK = 2 ** COUNTER_BITS - 1
/** With the counter in 63 bits: until the year 3084. There is room above it, for times that run ahead of the clock. */
const MAX_TIME = 2 ** 45 - 2 ** 20

/** The last copy of this process that ids made here know of. */
let knownEvent = 0

/**
 * RFC 9562 §5.7: 48 bits of Unix time in milliseconds, then §6.2's fixed-length counter (method 1), begun at a random
 * value in each millisecond and after each copy, then 56 random bits. If the clock goes back or the counter runs over,
 * the time of the last id goes on.
 *
 * @param lastEvent - Stands for the last copy of this process.
 */
export function uuid7(source: ByteSource, advance: Advance, lastEvent: () => number): string {
  const clock = Math.floor(Number(Date.now())) // before the draw: nothing but what follows touches the scratch
  const now = BigInt(clock >= 0 ? Math.min(clock, MAX_TIME) : 0)
  source.draw(scratch, 16)
  const b = scratch
  const start = BigInt((((b[6] as number) << 16) | ((b[7] as number) << 8) | (b[8] as number)) & COUNTER_START_MASK)
  const copied = lastEvent() !== knownEvent
  knownEvent = lastEvent()
  const shift = BigInt(COUNTER_BITS)
  const id = advance((last) => {
    const time = last >> shift
    if (now > time) return (now << shift) | start
    return copied || Number(last & BigInt(COUNTER_MASK)) === COUNTER_MASK ? ((time + 1n) << shift) | start : last + 1n
  })
  const time = Number(id >> shift)
  const counter = Number(id & BigInt(COUNTER_MASK))
  b[0] = time / 2 ** 40
  b[1] = time / 2 ** 32
  b[2] = time / 2 ** 24
  b[3] = time / 2 ** 16
  b[4] = time / 2 ** 8
  b[5] = time
  b[6] = counter >>> 14
  b[7] = counter >>> 6
  b[8] = counter & 0x3f
  return format(7)
}

/** Positions that are drawn at once: an array of all of a long string's would take eight times its memory. */
const STRING_STEP = 65_536

/** `length` characters, each drawn uniformly from `characters` (at least one, all different). */
export function string(source: ByteSource, length: number, characters: readonly string[]): string {
  let out = ''
  for (let done = 0; done < length; done += STRING_STEP)
    for (const position of manyBelow(source, Math.min(STRING_STEP, length - done), characters.length, 0))
      out += characters[position]
  return out
}
