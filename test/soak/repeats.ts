/**
 * Whether a value stands twice in files of 16-byte values: exactly, for some 10^9 values.
 *
 * Values are compared without the six bits that a UUID says its version and variant with, so that a UUID and the bytes
 * that another draw took from the same place are the same. Of each, the first and the last four bytes are sorted as one
 * number, a part of all of them at a time: native, and 8 bytes each. Only those that are equal in these are read again
 * as a whole: of 10^8 good values, 3·10^-4 pairs are (n² / 2^65).
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

const SIZE = 16
const WORDS = SIZE / 4
/** What is read at once, and sorted at once. */
const CHUNK_VALUES = 2 ** 16
const PART_VALUES = 2 ** 25

/** How many values a file holds. A process that was killed may have left a part of one at its end. */
export const countValues = (file: string): number => Math.floor(statSync(file).size / SIZE)

/** Calls `use` with the words of each chunk of the files' values. */
function readValues(files: readonly string[], use: (words: Uint32Array, values: number) => void): void {
  const words = new Uint32Array(CHUNK_VALUES * WORDS)
  const bytes = new Uint8Array(words.buffer)
  for (const file of files) {
    const fd = openSync(file, 'r')
    try {
      for (let at = 0; ; ) {
        const values = Math.floor(readSync(fd, bytes, 0, bytes.length, at) / SIZE)
        if (values === 0) break
        use(words, values)
        at += values * SIZE
      }
    } finally {
      closeSync(fd)
    }
  }
}

/** The first and last word of each value whose last word begins with the part's bits. */
function keysOf(files: readonly string[], part: number, bits: number, capacity: number): BigUint64Array {
  const keys = new Uint32Array(2 * capacity)
  let length = 0
  readValues(files, (words, values) => {
    for (let at = 0; at < values * WORDS; at += WORDS) {
      const last = words[at + 3] as number
      if (bits > 0 && last >>> (32 - bits) !== part) continue
      keys[length++] = words[at] as number
      keys[length++] = last
    }
  })
  if (length > keys.length) throw new Error('expected parts of about the same size, got one that is much larger')
  return new BigUint64Array(keys.buffer, 0, length / 2)
}

/** What stands more than once among numbers that are sorted. */
function doubles(sorted: BigUint64Array): bigint[] {
  const words = new Uint32Array(sorted.buffer, 0, 2 * sorted.length)
  const found: bigint[] = []
  for (let at = 2; at < words.length; at += 2)
    if (words[at] === words[at - 2] && words[at + 1] === words[at - 1]) found.push(sorted[at / 2] as bigint)
  return found
}

/** The value without a UUID's version and variant, in hex. */
function plain(words: Uint32Array, at: number): string {
  const bytes = Buffer.from(words.slice(at, at + WORDS).buffer)
  bytes[6] = (bytes[6] as number) & 0x0f
  bytes[8] = (bytes[8] as number) & 0x3f
  return bytes.toString('hex')
}

export interface Found {
  /** How many values there are. */
  values: number
  /** Those that occur more than once, in hex and without a UUID's version and variant. */
  repeats: string[]
}

/** Looks for repeats in all of the files. */
export async function findRepeats(files: readonly string[], partValues: number = PART_VALUES): Promise<Found> {
  const values = files.reduce((sum, file) => sum + countValues(file), 0)
  const bits = Math.max(0, Math.ceil(Math.log2(values / partValues)))
  const suspects = new Set<bigint>()
  // Of a part's size, six standard deviations are far less than the tenth.
  const capacity = bits === 0 ? values : Math.ceil((values / 2 ** bits) * 1.1) + 1000
  for (let part = 0; part < 2 ** bits; part++) {
    for (const key of doubles(keysOf(files, part, bits, capacity).sort())) suspects.add(key)
    await turn() // whoever waits for this process hears from it
  }
  return { values, repeats: suspects.size === 0 ? [] : repeatsAmong(files, suspects) }
}

function repeatsAmong(files: readonly string[], suspects: ReadonlySet<bigint>): string[] {
  const counts = new Map<string, number>()
  const first = new Set(Array.from(suspects, (key) => Number(key & 0xffff_ffffn)))
  readValues(files, (words, values) => {
    for (let at = 0; at < values * WORDS; at += WORDS) {
      const word = words[at] as number
      if (!first.has(word) || !suspects.has((BigInt(words[at + 3] as number) << 32n) | BigInt(word))) continue
      const value = plain(words, at)
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  })
  return [...counts].filter(([, count]) => count > 1).map(([value]) => value)
}
