/** getRandomValues and randomUUID of WebCrypto, and crypto.getRandomValues. */
import nodeCrypto from 'node:crypto'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { kind, outcome, REPEATS, Touched } from './describe.mjs'

const VIEWS = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array', 'DataView'],
].filter((name) => name in globalThis)

/** A view of 32 bytes in the middle of 96 zeros. */
const view = (View, Backing) => new View(new Backing(96), 32, 32 / (View.BYTES_PER_ELEMENT ?? 1))
const TARGETS = {
  Buffer: () => Buffer.from(new ArrayBuffer(96), 32, 32),
  ...Object.fromEntries(VIEWS.map((name) => [name, () => view(globalThis[name], ArrayBuffer)])),
  'subclass of Uint32Array': () => view(class Words extends Uint32Array {}, ArrayBuffer),
  'shared Uint8Array': () => view(Uint8Array, SharedArrayBuffer),
  'of another realm': () => runInNewContext('new Uint16Array(16)'),
  empty: () => new Uint8Array(0),
  '65,536 bytes': () => new Uint8Array(65_536),
  '65,537 bytes': () => new Uint8Array(65_537),
  '65,536 bytes in words': () => new Uint32Array(16_384),
  '65,544 bytes in long words': () => new BigUint64Array(8193),
  '70,000 bytes of doubles': () => new Float64Array(8750),
  detached: () => {
    const target = new Uint8Array(16)
    structuredClone(target, { transfer: [target.buffer] })
    return target
  },
  'shrunk, tracking its length': () => {
    const target = new Uint8Array(new ArrayBuffer(32, { maxByteLength: 64 }))
    target.buffer.resize(16)
    return target
  },
  'byteLength says 16': () => Object.defineProperty(new Uint8Array(32), 'byteLength', { value: 16 }),
  'length says 4': () => Object.defineProperty(new Uint32Array(8), 'length', { value: 4 }),
}
const NOT_TARGETS = [undefined, null, 8, 'text', [], [1, 2], {}, { byteLength: 8 }, () => {}]

/** Each way that leads to the method, as a call. */
const WAYS = {
  'webcrypto.getRandomValues': (...args) => nodeCrypto.webcrypto.getRandomValues(...args),
  'globalThis.crypto.getRandomValues': (...args) => globalThis.crypto.getRandomValues(...args),
  'crypto.getRandomValues': (...args) => nodeCrypto.getRandomValues(...args),
}

function fills(way) {
  const report = {}
  for (const [name, make] of Object.entries(TARGETS)) {
    const touched = new Touched()
    const seen = new Set()
    for (let i = 0; i < REPEATS; i++) {
      const target = make()
      const same = (value) => (value === target ? `the target, ${kind(value)}` : kind(value))
      seen.add(JSON.stringify(outcome(() => WAYS[way](target), same)))
      touched.note(new Uint8Array(target.buffer.byteLength === 0 ? 0 : target.buffer)) // a detached one has no view
    }
    report[`${way}(${name})`] = { outcomes: [...seen].map((json) => JSON.parse(json)), touched: String(touched) }
  }
  for (const target of NOT_TARGETS) report[`${way}(${inspect(target)})`] = outcome(() => WAYS[way](target))
  report[`${way}(ArrayBuffer)`] = outcome(() => WAYS[way](new ArrayBuffer(8)))
  report[`${way}()`] = outcome(() => WAYS[way]())
  report[`${way}, a further argument`] = outcome(() => WAYS[way](new Uint8Array(8), 1))
  return report
}

/** The methods need their object as `this`. */
function receivers() {
  const report = {}
  const { webcrypto } = nodeCrypto
  const prototype = Object.getPrototypeOf(webcrypto)
  const inherited = Object.create(webcrypto)
  const others = { undefined: undefined, null: null, object: {}, prototype, inherited, global: globalThis, nodeCrypto }
  for (const [name, receiver] of Object.entries({ ...others, webcrypto })) {
    report[`getRandomValues on ${name}`] = outcome(() => prototype.getRandomValues.call(receiver, new Uint8Array(8)))
    report[`getRandomValues on ${name}, no argument`] = outcome(() => prototype.getRandomValues.call(receiver))
    report[`randomUUID on ${name}`] = outcome(() => prototype.randomUUID.call(receiver))
    report[`crypto.getRandomValues on ${name}`] = outcome(() =>
      nodeCrypto.getRandomValues.call(receiver, new Uint8Array(8)),
    )
  }
  const left = new Uint8Array(8)
  const { getRandomValues } = webcrypto
  report['taken off its object'] = [outcome(() => getRandomValues(left)), left.some((byte) => byte !== 0)]
  report['getRandomValues with new'] = outcome(() => new webcrypto.getRandomValues(left))
  report['randomUUID with new'] = outcome(() => new webcrypto.randomUUID())
  report['crypto.getRandomValues with new'] = outcome(() => new nodeCrypto.getRandomValues(left))
  report['new Crypto()'] = outcome(() => new globalThis.Crypto())
  return report
}

function ids() {
  const report = {}
  const form = (id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
  for (const options of [undefined, null, 1, 'text', {}, { disableEntropyCache: 'yes' }])
    report[`webcrypto.randomUUID(${inspect(options)})`] = outcome(() => nodeCrypto.webcrypto.randomUUID(options), form)
  const drawn = Array.from({ length: 400 }, () => globalThis.crypto.randomUUID())
  report['globalThis.crypto.randomUUID()'] = drawn.every(form)
  report['globalThis.crypto.randomUUID(), distinct'] = new Set(drawn).size
  return report
}

export function webcrypto() {
  return { ...Object.assign({}, ...Object.keys(WAYS).map(fills)), ...receivers(), ...ids() }
}
