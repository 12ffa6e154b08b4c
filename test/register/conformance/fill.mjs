/** crypto.randomFill and randomFillSync: every kind of buffer in every form of offset and size. */
import crypto from 'node:crypto'
import { inspect, promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { calledBack, kind, outcome, REPEATS, settled, Touched } from './describe.mjs'

/** A view of 32 bytes in the middle of 96 zeros. */
const view = (View, Backing) => () => {
  const all = new Backing(96)
  return { all, target: new View(all, 32, 32 / (View.BYTES_PER_ELEMENT ?? 1)) }
}
const whole = (make) => () => {
  const all = make()
  return { all, target: all }
}

const views = ['Uint8Array', 'Int16Array', 'Uint32Array', 'BigUint64Array', 'Float16Array', 'Float64Array', 'DataView']
/** What can be filled, by name: `all` is the memory to watch, `target` what is handed over. */
const TARGETS = {
  Buffer: () => {
    const all = new ArrayBuffer(96)
    return { all, target: Buffer.from(all, 32, 32) }
  },
  ...Object.fromEntries(
    views.filter((name) => name in globalThis).map((name) => [name, view(globalThis[name], ArrayBuffer)]),
  ),
  'shared Uint8Array': view(Uint8Array, SharedArrayBuffer),
  'subclass of Uint32Array': view(class Words extends Uint32Array {}, ArrayBuffer),
  ArrayBuffer: whole(() => new ArrayBuffer(32)),
  SharedArrayBuffer: whole(() => new SharedArrayBuffer(32)),
}

/** The end of the target, in its own unit. */
const END = Symbol('the end')
const AFTER = Symbol('the end + 1')
const FORMS = [
  ...[[], [0], [1], [undefined], [0, undefined], [1, undefined], [undefined, 1], [undefined, undefined]],
  ...[[0, 0], [1, 0], [2, 1], [1, 2], [0, END], [END], [END, 0], [END, undefined]],
  ...[[END, 1], [AFTER], [AFTER, 0], [0, AFTER], [1, END], [-1], [0, -1], [1, -1], [2 ** 31], [0, 2 ** 31], [2 ** 32]],
  ...[[0, 2 ** 32], [1.5], [0.5, 1], [0, 1.5], [NaN], [0, NaN], [-0], [Infinity], [0, Infinity]],
  ...[['1'], [0, '1'], [null], [0, null], [true], [0, 1n], [{}], [0, []]],
]

const show = (form) => form.map((arg) => inspect(arg)).join(', ')
const resolve = (form, target) => {
  if (!form.includes(END) && !form.includes(AFTER)) return form
  const end = target.length ?? target.byteLength
  return form.map((arg) => (arg === END ? end : arg === AFTER ? end + 1 : arg))
}

/** Several fills of one form; they must all have had one outcome. */
async function repeated(make, form, call) {
  const touched = new Touched()
  const seen = await Promise.all(
    Array.from({ length: REPEATS }, async () => {
      const { all, target } = make()
      const result = await call(target, resolve(form, target))
      touched.note(new Uint8Array(all.byteLength === 0 ? 0 : all)) // a detached buffer has no view
      return JSON.stringify(result)
    }),
  )
  const outcomes = [...new Set(seen)].map((json) => JSON.parse(json))
  return { outcomes, touched: String(touched) }
}

const same = (target) => (value) => (value === target ? `the target, ${kind(value)}` : kind(value))
const sync = (target, args) => outcome(() => crypto.randomFillSync(target, ...args), same(target))
const async = (target, args) => calledBack((done) => crypto.randomFill(target, ...args, done), same(target))
const promised = (target, args) => settled(() => promisify(crypto.randomFill)(target, ...args), same(target))

/** Targets that are out of the ordinary. */
const detached = (make) => () => {
  const { all, target } = make()
  structuredClone(all, { transfer: [all] })
  return { all, target }
}
const shrunk = (length) => () => {
  const all = new ArrayBuffer(32, { maxByteLength: 64 })
  const target = new Uint8Array(all, ...length)
  all.resize(16)
  return { all, target }
}
const claiming = (name, value) => () => {
  const { all, target } = view(Uint32Array, ArrayBuffer)()
  return { all, target: Object.defineProperty(target, name, { value }) }
}
const ODD_TARGETS = {
  'detached Uint8Array': detached(view(Uint8Array, ArrayBuffer)),
  'detached DataView': detached(view(DataView, ArrayBuffer)),
  'detached ArrayBuffer': detached(TARGETS.ArrayBuffer),
  'empty Uint8Array': whole(() => new Uint8Array(0)),
  'empty ArrayBuffer': whole(() => new ArrayBuffer(0)),
  'shrunk, tracking its length': shrunk([]),
  'shrunk, out of bounds': shrunk([8, 24]),
  'growable shared': whole(() => new SharedArrayBuffer(32, { maxByteLength: 64 })),
  'of another realm': whole(() => runInNewContext('new Uint8Array(32)')),
  'buffer of another realm': whole(() => runInNewContext('new ArrayBuffer(32)')),
  'byteLength says 16': claiming('byteLength', 16),
  'length says 4': claiming('length', 4),
  'BYTES_PER_ELEMENT says 1': claiming('BYTES_PER_ELEMENT', 1),
}
/** More than 2^16 bytes, which is a limit elsewhere. */
const LARGE_TARGETS = {
  '70,001 bytes': whole(() => new Uint8Array(70_001)),
  'WebAssembly memory': whole(() => new WebAssembly.Memory({ initial: 2 }).buffer),
}
const ODD_FORMS = [[], [0], [0, 0], [0, 4], [2], [4, 4], [8]]

const NOT_TARGETS = [undefined, null, 8, 8n, 'text', true, [1, 2], {}, { byteLength: 8 }, () => {}, Symbol('s')]

/** A fill of 16 of 64 bytes, by whatever form, while the target is changed before the callback comes. */
async function inFlight(start, change) {
  const all = new ArrayBuffer(64, { maxByteLength: 128 })
  const target = new Uint8Array(all)
  const result = await calledBack((done) => {
    start(target, done)
    change(all, target)
  }, same(target))
  const outside = all.byteLength < 64 ? [] : [...target.subarray(0, 16), ...target.subarray(32)]
  return { ...result, outside: [...new Set(outside)] }
}
const part = (target, done) => crypto.randomFill(target, 16, 16, done)

/** A fill of all of a target that grows before the callback comes. */
async function growing(start) {
  const touched = new Touched()
  for (let i = 0; i < REPEATS; i++) {
    const all = new ArrayBuffer(16, { maxByteLength: 64 })
    const target = new Uint8Array(all)
    await calledBack((done) => {
      start(target, done)
      all.resize(64)
    })
    touched.note(new Uint8Array(all))
  }
  return String(touched)
}

export async function fill() {
  const report = {}
  const add = async (targets, forms) => {
    for (const [name, make] of Object.entries(targets))
      for (const form of forms) {
        const args = [name, ...(form.length > 0 ? [show(form)] : [])].join(', ')
        report[`randomFillSync(${args})`] = await repeated(make, form, sync)
        report[`randomFill(${args}, callback)`] = await repeated(make, form, async)
        report[`promisify(randomFill)(${args})`] = await repeated(make, form, promised)
      }
  }
  await add(TARGETS, FORMS)
  await add(ODD_TARGETS, ODD_FORMS)
  await add(LARGE_TARGETS, [[], [1, 66_000]])
  for (const target of NOT_TARGETS) {
    const name = inspect(target)
    report[`randomFillSync(${name})`] = sync(target, [])
    report[`randomFill(${name}, callback)`] = await async(target, [])
  }
  report['randomFillSync()'] = outcome(() => crypto.randomFillSync())
  report['randomFill()'] = outcome(() => crypto.randomFill())
  for (const rest of [[], [0], [0, 8], [0, 8, undefined], [0, 8, null], [0, 8, 'callback'], [0, 8, {}], [0, 0, 1]]) {
    const touched = new Uint8Array(16)
    report[`randomFill(Uint8Array, ${show(rest)}), no callback`] = [
      outcome(() => crypto.randomFill(touched, ...rest)),
      touched.some((byte) => byte !== 0),
    ]
  }
  const more = (target) => calledBack((done) => crypto.randomFill(target, 0, 8, done, 'more'), same(target))
  report['randomFill with a further argument'] = await more(new Uint8Array(16))
  report['randomFillSync with a further argument'] = sync(new Uint8Array(16), [0, 8, () => {}])
  report['transferred in flight'] = await inFlight(part, (all) => structuredClone(all, { transfer: [all] }))
  report['shrunk in flight'] = await inFlight(part, (all) => all.resize(8))
  report['grown in flight'] = await inFlight(part, (all) => all.resize(128))
  report['written around in flight'] = await inFlight(part, (_, target) => target.fill(7, 0, 16).fill(7, 32))
  report['grown in flight, all of it'] = await growing((target, done) => crypto.randomFill(target, done))
  report['grown in flight, from an offset'] = await growing((target, done) => crypto.randomFill(target, 4, done))
  const lying = (target, done) => crypto.randomFill(Object.defineProperty(target, 'length', { value: 8 }), done)
  report['grown in flight, length says 8'] = await growing(lying)
  return report
}
