/**
 * Searches the memory of another process for secrets: `/proc/PID/maps`, `pagemap` and `mem`.
 *
 * A secret counts as found where 16 bytes of it, from wherever in it, stand in one piece. JavaScript keeps the words of
 * a hash function in other ways than as bytes, so that each is looked for in three forms.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** What must not be found, or must be. */
export interface Secret {
  name: string
  bytes: Uint8Array
}

/** One piece of a secret in memory. */
export interface Finding {
  name: string
  form: Form
  /** How many bytes of the secret stand there. */
  length: number
  /** `[heap]`, `[stack]`, a file's name, or `anonymous`. */
  where: string
}

/**
 * - `bytes`: as they are.
 * - `words`: 32-bit words of this machine, as in the Uint32Array of a message schedule.
 * - `numbers`: a word in one half of each 64 bits. V8 keeps the small integers of arrays and fields in the upper half;
 *   a register that is saved on a stack has it in the lower one.
 */
export type Form = 'bytes' | 'words' | 'numbers'

/** So many bytes of a secret are too many. */
export const TRACE = 16
const CHUNK = 2 ** 22
/** The longest trace in memory, a word in 8 bytes: chunks overlap by this. */
const OVERLAP = 2 * TRACE

/** Big-endian words, each laid down little-endian in the last four of `width` bytes. */
function spread(bytes: Uint8Array, width: 4 | 8): Uint8Array {
  const words = Math.floor(bytes.length / 4)
  const out = Buffer.alloc(words * width)
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < words; i++) out.writeUInt32LE(view.readUInt32BE(4 * i), (i + 1) * width - 4)
  return out
}

interface Needle {
  secret: Secret
  form: Form
  bytes: Uint8Array
  /** How many bytes in memory one byte of the secret takes. */
  spread: 1 | 2
}

const needles = (secret: Secret): Needle[] => [
  { secret, form: 'bytes', bytes: secret.bytes, spread: 1 },
  { secret, form: 'words', bytes: spread(secret.bytes, 4), spread: 1 },
  { secret, form: 'numbers', bytes: spread(secret.bytes, 8), spread: 2 },
]

/** Where in which needle the 8 bytes stand that a word of memory is compared with. */
interface Place {
  needle: Needle
  at: number
}

const FILTER_BITS = 22
const slot = (low: number, high: number): number =>
  Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> (32 - FILTER_BITS)

/**
 * Any 16 bytes in memory have 8 at an address that 8 divides: each such word is looked up among all windows of 8 bytes
 * of all secrets, and what is found is compared to both sides.
 */
class Index {
  readonly #filter = new Uint8Array(2 ** FILTER_BITS)
  readonly #places = new Map<bigint, Place[]>()

  constructor(secrets: readonly Secret[]) {
    for (const needle of secrets.flatMap(needles)) {
      const view = new DataView(needle.bytes.buffer, needle.bytes.byteOffset, needle.bytes.length)
      for (let at = 0; at + 8 <= needle.bytes.length; at++) {
        const word = view.getBigUint64(at, true)
        if (word === 0n) continue
        const places = this.#places.get(word)
        if (places === undefined) this.#places.set(word, [{ needle, at }])
        else places.push({ needle, at })
        this.#filter[slot(view.getUint32(at, true), view.getUint32(at + 4, true))] = 1
      }
    }
  }

  /** Calls `found` for each trace in the chunk, perhaps more than once. */
  search(chunk: Uint8Array<ArrayBuffer>, found: (needle: Needle, length: number, end: number) => void): void {
    const words = new Uint32Array(chunk.buffer, chunk.byteOffset, Math.floor(chunk.length / 8) * 2)
    for (let i = 0; i < words.length; i += 2) {
      const low = words[i] as number
      const high = words[i + 1] as number
      if ((low | high) === 0 || this.#filter[slot(low, high)] === 0) continue
      for (const { needle, at } of this.#places.get((BigInt(high) << 32n) | BigInt(low)) ?? []) {
        let before = 0
        while (at > before && chunk[4 * i - before - 1] === needle.bytes[at - before - 1] && 4 * i > before) before++
        let after = 8
        while (at + after < needle.bytes.length && chunk[4 * i + after] === needle.bytes[at + after]) after++
        if (before + after >= TRACE * needle.spread) found(needle, (before + after) / needle.spread, 4 * i + after)
      }
    }
  }
}

interface Region {
  start: number
  end: number
  where: string
}

/** What the process can have written to: not the text of programs and libraries. */
function regions(pid: number): Region[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').trimEnd().split('\n')
  return lines.flatMap((line) => {
    const [, start = '', end = '', mode = '', file = ''] = /^(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
    if (mode[0] !== 'r' || file === '[vvar]' || file === '[vsyscall]') return []
    if (file.startsWith('/') && mode[1] !== 'w') return []
    return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16), where: file || 'anonymous' }]
  })
}

/** proc(5), pagemap: one word of 64 bits a page; bit 63 is set if it is in memory, bit 62 if it is swapped out. */
const PRESENT = 0xc0

/** The parts of a region that have ever been touched: V8 reserves half a gigabyte of which it uses little. */
function* touched(pagemap: number, page: number, { start, end, where }: Region): Generator<Region> {
  const entries = new Uint8Array((8 * (end - start)) / page)
  readSync(pagemap, entries, 0, entries.length, (8 * start) / page)
  let from: number | undefined
  for (let at = start, entry = 7; at <= end; at += page, entry += 8) {
    const present = at < end && ((entries[entry] as number) & PRESENT) !== 0
    if (present) from ??= at
    else if (from !== undefined) {
      yield { start: from, end: at, where }
      from = undefined
    }
  }
}

/**
 * Searches all of a process's memory, which must be waiting meanwhile.
 *
 * @returns One finding for each piece.
 */
export function search(pid: number, secrets: readonly Secret[]): Finding[] {
  const index = new Index(secrets)
  const page = Number(execFileSync('getconf', ['PAGESIZE']))
  const pieces = new Map<string, Finding>()
  const buffer = new Uint8Array(CHUNK + OVERLAP)
  const [memory, pagemap] = ['mem', 'pagemap'].map((name) => openSync(`/proc/${pid}/${name}`, 'r')) as [number, number]
  try {
    for (const region of regions(pid))
      for (const { start, end, where } of touched(pagemap, page, region))
        for (let from = start; from < end; from += CHUNK) {
          const length = readSync(memory, buffer, 0, Math.min(buffer.length, end - from), from)
          index.search(buffer.subarray(0, length), ({ secret: { name }, form }, found, at) => {
            const key = `${name} ${form} ${from + at}`
            const known = pieces.get(key)
            if (known === undefined || known.length < found) pieces.set(key, { name, form, length: found, where })
          })
        }
  } finally {
    closeSync(memory)
    closeSync(pagemap)
  }
  return [...pieces.values()]
}
