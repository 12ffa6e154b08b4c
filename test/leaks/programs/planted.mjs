// The control of every search: secrets that nobody wipes, each in one of the forms that are looked for.
import { secret, stop } from './stop.mjs'

const swap = (word) => (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
/** Each without a copy between. */
const FORMS = [
  (bytes) => Buffer.alloc(bytes.length, bytes),
  (bytes) => new Int32Array(bytes.buffer).map(swap),
  (bytes) => {
    const words = new Array(bytes.length / 4).fill(0) // of its full length: as it grew it would be copied
    new Int32Array(bytes.buffer).forEach((word, i) => {
      words[i] = swap(word)
    })
    return words
  },
]
const plant = (form) => {
  const bytes = secret(48)
  const copy = form(bytes)
  bytes.fill(0)
  return copy
}

stop('not yet')
const planted = FORMS.map(plant)
stop('planted')
for (const copy of planted) copy.fill(0)
gc()
stop('wiped')
