/**
 * One look at Linux's VMClock: a page that the hypervisor keeps, laid out as in the kernel's include/uapi/linux/
 * vmclock-abi.h, little-endian. The sequence count is odd while the page is being written, and another one after.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs'

/** 'VCLK', at offset 0. */
const MAGIC = 0x4b4c4356
const SEQ_COUNT = 12 // u32
const FLAGS = 24 // u64
const GENERATION = 104 // u64: bumped each time the guest is loaded from a saved state
const GENERATION_PRESENT = 1n << 8n
const LENGTH = GENERATION + 8
/** Of one look at a page that is being written. Writing takes far less time than the time between two looks. */
const MAX_TRIES = 16

/** What a look found. */
export type VmClockState = 'watching' | 'absent' | 'unreadable' | 'not a VMClock' | 'no generation counter'

/** One look. `generation` are the counter's 8 bytes; none while the page is being written. */
export interface Look {
  state: VmClockState
  /** Why it is not 'watching'. */
  reason?: string
  generation?: Uint8Array
}

/** Reads `length` bytes at an offset; fewer where the file ends. */
function readAt(fd: number, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length)
  return new DataView(bytes.buffer, 0, readSync(fd, bytes, 0, length, offset))
}

/** The page between two equal, even counts. */
function readPage(fd: number, path: string): Look {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = readAt(fd, SEQ_COUNT, 4)
    const page = readAt(fd, 0, LENGTH)
    const after = readAt(fd, SEQ_COUNT, 4)
    if (page.byteLength < LENGTH || after.byteLength < 4 || page.getUint32(0, true) !== MAGIC)
      return { state: 'not a VMClock', reason: `${path} does not begin as a VMClock page does` }
    const count = after.getUint32(0, true)
    if (before.getUint32(0, true) !== count || count % 2 === 1) continue
    if ((page.getBigUint64(FLAGS, true) & GENERATION_PRESENT) === 0n)
      return { state: 'no generation counter', reason: `the hypervisor keeps no generation counter in ${path}` }
    return { state: 'watching', generation: new Uint8Array(page.buffer, GENERATION, 8) }
  }
  return { state: 'watching' }
}

/** Errors of a path at which there is nothing. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENXIO', 'ENODEV'])

/**
 * Looks. The device is opened each time (7 µs in all): a descriptor that is held can go stale in a copy, or be closed
 * by the application and become another file's. O_NONBLOCK: opening a FIFO would block for ever.
 */
export function lookAtVmClock(path: string): Look {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return { state: ABSENT.has(code) ? 'absent' : 'unreadable', reason: message }
  }
  try {
    return readPage(fd, path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // A pipe and a folder cannot be read at an offset.
    return { state: code === 'ESPIPE' || code === 'EISDIR' ? 'not a VMClock' : 'unreadable', reason: message }
  } finally {
    closeSync(fd)
  }
}
