// What is wrong with the system, for the threads of a process that share these numbers. To be put in place before the
// package is imported, which keeps the functions that it finds.
import fs from 'node:fs'

/** How many reads of the device are still to go wrong, and by how many milliseconds the clock is. */
const READS = 0
const CLOCK = 1
/** Of the reads that go wrong the last ones give a byte, or an error that is none; those before fail one like the other. */
const MIXED = 30

export const sharedFaults = () => new Int32Array(new SharedArrayBuffer(8))
export const failReads = (shared, count) => Atomics.store(shared, READS, count)
export const setClock = (shared, offset) => Atomics.store(shared, CLOCK, offset)

export function putFaults(shared) {
  const { readSync } = fs
  const { now } = Date
  fs.readSync = (fd, out, start, length, position) => {
    if (shared[READS] <= 0) return readSync(fd, out, start, length, position)
    const left = Atomics.sub(shared, READS, 1)
    if (left < MIXED && left % 2 === 0) return readSync(fd, out, start, 1, position) // a short read
    const code = left < MIXED ? 'EINTR' : 'EIO'
    throw Object.assign(new Error(`${code}: by the soak test, read`), { code })
  }
  Date.now = () => now() + shared[CLOCK]
}
