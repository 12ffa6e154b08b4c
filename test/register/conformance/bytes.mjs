/** crypto.randomBytes and its aliases. */
import { Buffer } from 'node:buffer'
import crypto from 'node:crypto'
import { inspect, promisify } from 'node:util'
import { calledBack, kind, outcome, REPEATS, settled, Touched } from './describe.mjs'

const SIZES = [0, 1, 16, 255, 256, 257, 4096, 65_536, 65_537, 100_000, 7.9, -0]
const NOT_SIZES = [undefined, null, -1, 2 ** 31, 2 ** 53, NaN, Infinity, -Infinity, '16', '', true, 16n, {}, [], [16]]
const NOT_CALLBACKS = [null, 0, 'callback', {}, true, Symbol('s')]

const touchedBy = (draw) => {
  const touched = new Touched()
  for (let i = 0; i < REPEATS; i++) touched.note(draw())
  return String(touched)
}

export async function bytes() {
  const report = {}
  for (const size of [...SIZES, ...NOT_SIZES]) {
    const name = inspect(size)
    report[`randomBytes(${name})`] = outcome(() => crypto.randomBytes(size))
    report[`randomBytes(${name}, undefined)`] = outcome(() => crypto.randomBytes(size, undefined))
    report[`randomBytes(${name}, callback)`] = await calledBack((done) => crypto.randomBytes(size, done))
    report[`randomBytes(${name}, callback, more)`] = await calledBack((done) => crypto.randomBytes(size, done, 'more'))
    report[`promisify(randomBytes)(${name})`] = await settled(() => promisify(crypto.randomBytes)(size))
  }
  for (const callback of NOT_CALLBACKS)
    for (const size of [8, -1])
      report[`randomBytes(${size}, ${inspect(callback)})`] = outcome(() => crypto.randomBytes(size, callback))
  for (const size of [16, 65_537]) {
    report[`bytes of randomBytes(${size})`] = touchedBy(() => crypto.randomBytes(size))
    const drawn = await Promise.all(Array.from({ length: REPEATS }, () => promisify(crypto.randomBytes)(size)))
    report[`bytes of randomBytes(${size}, callback)`] = touchedBy(() => drawn.pop())
  }
  report['randomBytes()'] = outcome(() => crypto.randomBytes())
  report['a Buffer'] = Buffer.isBuffer(crypto.randomBytes(8)) && crypto.randomBytes(8) instanceof Uint8Array
  const [one, other] = [crypto.randomBytes(8), crypto.randomBytes(8)]
  report['two buffers share nothing'] = one.buffer !== other.buffer
  report['on another this'] = outcome(() => crypto.randomBytes.call(undefined, 8))
  report['with new'] = outcome(() => new crypto.randomBytes(8))
  for (const alias of ['prng', 'rng', 'pseudoRandomBytes']) {
    report[`${alias} is randomBytes`] = crypto[alias] === crypto.randomBytes
    report[`${alias}(16)`] = outcome(() => crypto[alias](16))
    report[`${alias}(16, callback)`] = await calledBack((done) => crypto[alias](16, done))
    report[`${alias}('16')`] = outcome(() => crypto[alias]('16'), kind)
  }
  return report
}
