// Draws 16-byte values, one call each, and writes them down.
import { openSync, writeSync } from 'node:fs'

const SIZE = 16
const BLOCK_VALUES = 1024

/**
 * What draws `count` values into a file.
 *
 * @param lib - The package.
 * @param file - A new file.
 * @param aged - A generator with maxAge. Without one, as in a copy of the process that nobody told of it, `random` does all.
 * @returns A function of `count`; it returns how often there was no entropy, which is tried again.
 */
export function drawer({ random, EntropyError }, file, aged = random) {
  const out = openSync(file, 'w')
  const block = Buffer.alloc(SIZE * BLOCK_VALUES)
  const view = new Uint8Array(SIZE)
  const bytes = (at) => block.set(random(SIZE), at)
  const filled = (at) => block.set(random.fill(view), at)
  const uuid = (at) => block.write(random.uuid().replaceAll('-', ''), at, 'hex')
  const agedBytes = (at) => block.set(aged(SIZE), at)
  const agedUuid = (at) => block.write(aged.uuid().replaceAll('-', ''), at, 'hex')
  // One UUID in eight, as making it bytes again takes longer than drawing it.
  const kinds = [bytes, agedBytes, filled, agedBytes, bytes, agedBytes, filled, uuid]
  const others = [...kinds.slice(0, -1), agedUuid]
  kinds.push(...others)

  return (count) => {
    let refused = 0
    for (let done = 0; done < count; done += BLOCK_VALUES) {
      const length = SIZE * Math.min(BLOCK_VALUES, count - done)
      for (let at = 0; at < length; ) {
        try {
          kinds[(at / SIZE) % kinds.length](at)
          at += SIZE
        } catch (error) {
          if (!(error instanceof EntropyError)) throw error
          refused++
        }
      }
      for (let at = 0; at < length; ) at += writeSync(out, block, at, length - at)
    }
    return refused
  }
}
