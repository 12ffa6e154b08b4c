/** Adds fresh bytes to what Node's functions return. The sum is no weaker than either part. */
import { random } from 'atfork'
import { offHeap, wipe } from '../bytes.ts'

let mixing = false

/** While it is off, guards that somebody has kept change nothing. */
export function setMixing(on: boolean): void {
  mixing = on
}

/** Drawn at once. A longer step is no faster. */
const STEP = 4096

// Taken away while it is in use: a draw may call a function of the user's that was put in fs.readSync's place.
let spare: Uint8Array<ArrayBuffer> | undefined = offHeap(STEP)

/** XORs fresh bytes into `bytes`, in place. */
export function mixBytes(bytes: Uint8Array): void {
  if (!mixing) return
  const fresh = spare ?? offHeap(STEP)
  spare = undefined
  try {
    for (let start = 0; start < bytes.length; start += STEP) {
      const length = Math.min(STEP, bytes.length - start)
      random.fill(length === STEP ? fresh : fresh.subarray(0, length))
      for (let i = 0; i < length; i++) bytes[start + i] = (bytes[start + i] as number) ^ (fresh[i] as number)
    }
  } finally {
    fresh.fill(0)
    spare = fresh
  }
}

/** Adds a fresh integer below `range`, modulo `range`. */
export function mixInteger(value: number, min: number, range: number): number {
  if (!mixing) return value
  const fresh = random.int(range)
  const offset = value - min
  return offset < range - fresh ? value + fresh : offset - (range - fresh) + min
}

/** The same for a number from 0 to 1, in multiples of 2^-53. No step of it rounds. */
export function mixFloat(value: number): number {
  if (!mixing) return value
  const rest = 1 - random.float()
  return value < rest ? value + (1 - rest) : value - rest
}

/** Where the 32 digits of a UUID stand. */
const DIGITS = [...'00000000-0000-0000-0000-000000000000'].flatMap((char, at) => (char === '-' ? [] : [at]))
const UUID_BYTES = 16
const VERSION = 12
const VARIANT = 16
/** Of a version 7, the digits of the time. */
const TIME_DIGITS = 12
const HEX = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const digitValue = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57) // of '0' to '9', 'a' to 'f'

/** XORs fresh bits into the random ones of a UUID of version 4 or 7. */
export function mixUuid(uuid: string): string {
  if (!mixing) return uuid
  const fresh = offHeap(UUID_BYTES)
  random.fill(fresh)
  const codes: number[] = new Array(uuid.length)
  for (let at = 0; at < uuid.length; at++) codes[at] = uuid.charCodeAt(at)
  for (let digit = uuid[14] === '7' ? TIME_DIGITS : 0; digit < DIGITS.length; digit++) {
    if (digit === VERSION) continue
    const at = DIGITS[digit] as number
    const nibble = ((fresh[digit >>> 1] as number) >>> (4 * (digit & 1))) & (digit === VARIANT ? 3 : 15)
    codes[at] = HEX[digitValue(codes[at] as number) ^ nibble] as number
  }
  wipe(fresh)
  return String.fromCharCode(...codes)
}
