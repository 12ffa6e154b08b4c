/** Many bytes in one call, into a new array and into one that is there. */
import { randomBytes, randomFillSync } from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { random } from 'atfork'
import { ratio } from '../row.mjs'

const SIZES = { 256: 256, 4096: 4096, 65536: 65_536, '1 MiB': 2 ** 20, '16 MiB': 2 ** 24 }

/** A read of the device gives at most 32 MiB - 1 here, and always what was asked for. */
const readInto = (view) => {
  const device = openSync('/dev/urandom')
  return () => readSync(device, view, 0, view.length, 0)
}

export const bulk = [
  // What the first byte beyond a pool draw costs: it starts a cipher.
  ratio('random(257)', 'random(256)', () => [() => random(257), () => random(256)], { rival: false }),
  ...Object.entries(SIZES).flatMap(([size, length]) => [
    ratio(`random(${size})`, `crypto.randomBytes(${size})`, () => [() => random(length), () => randomBytes(length)], {
      pictured: true,
    }),
    ratio(`random.fill(${size})`, `crypto.randomFillSync(${size})`, () => {
      const view = new Uint8Array(length)
      return [() => random.fill(view), () => randomFillSync(view)]
    }),
    ratio(`random.fill(${size})`, `readSync of ${size}`, () => {
      const view = new Uint8Array(length)
      return [() => random.fill(view), readInto(view)]
    }),
  ]),
]
