/** What a call did, in words that do not depend on the random values: equal calls give equal descriptions. */

/** How often a fill is repeated: a byte that is filled stays zero in all of them once in 2^64. */
export const REPEATS = 8

/** The kind and shape of a value, never its content. */
export function kind(value) {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `string of ${value.length}`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value !== 'object') return typeof value
  const name = value.constructor?.name
  const own = Reflect.ownKeys(value).filter((key) => Number.isNaN(Number(String(key)))).length
  if (!ArrayBuffer.isView(value)) return 'byteLength' in value ? `${name}, ${value.byteLength} bytes` : `${name}`
  const [bytes, from, all] = ['byteLength', 'byteOffset', 'buffer'].map((key) => size(value, key))
  return `${name}, ${bytes} bytes at ${from} of ${all}, ${own} properties`
}

/** A size of a view; a DataView that is detached has none. */
function size(value, key) {
  try {
    return value[key]?.byteLength ?? value[key]
  } catch (thrown) {
    return thrown.name
  }
}

/** All that a program can depend on in an error, but its stack. */
export function error(thrown) {
  if (!(thrown instanceof Error)) return { thrown: kind(thrown) }
  const { name, code, message } = thrown
  const keys = Reflect.ownKeys(thrown).map(String)
  const { quota, requested } = thrown // of a QuotaExceededError
  return { class: thrown.constructor.name, name, code, message, keys, quota, requested, cause: kind(thrown.cause) }
}

/** What a call returned or threw. */
export function outcome(call, describe = kind) {
  try {
    return { returned: describe(call()) }
  } catch (thrown) {
    return { threw: error(thrown) }
  }
}

const NEVER = Symbol('never')

/** What the promise resolves to, or NEVER once nothing is left that could settle it. */
async function unlessIdle(promise) {
  let idle
  const end = new Promise((resolve) => {
    idle = () => setImmediate(resolve, NEVER) // which keeps the process for the next case
  })
  process.once('beforeExit', idle)
  try {
    return await Promise.race([promise, end])
  } finally {
    process.off('beforeExit', idle)
  }
}

/** What became of a promise. */
export async function settled(call, describe = kind) {
  let promise
  try {
    promise = call()
  } catch (thrown) {
    return { threw: error(thrown) }
  }
  try {
    const value = await unlessIdle(promise)
    return { promise: kind(promise), resolved: value === NEVER ? 'never' : describe(value) }
  } catch (thrown) {
    return { promise: kind(promise), rejected: error(thrown) }
  }
}

/** One turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))

/** What `start(callback)` returned or threw, and each call of the callback: when, on what `this`, with what. */
export async function calledBack(start, describe = kind) {
  const calls = []
  let synchronous = true
  let result
  const called = new Promise((resolve) => {
    result = outcome(() =>
      start(function (...args) {
        calls.push({ synchronous, this: kind(this), arguments: args.map(describe) })
        resolve()
      }),
    )
    synchronous = false
    if ('threw' in result) resolve()
  })
  await unlessIdle(called)
  await turn()
  await turn() // for a second call
  return { ...result, calls }
}

/** Bytes that were touched, as ranges: "32-64 of 96". */
export class Touched {
  #bytes

  /** Notes which bytes of `bytes` are not zero. */
  note(bytes) {
    this.#bytes ??= new Uint8Array(bytes.length)
    for (let i = 0; i < bytes.length; i++) this.#bytes[i] |= bytes[i]
  }

  toString() {
    const bytes = this.#bytes ?? []
    const ranges = []
    for (let i = 0; i < bytes.length; i++) {
      const from = i
      while (bytes[i]) i++
      if (i > from) ranges.push(`${from}-${i}`)
    }
    return `${ranges.join(', ') || 'none'} of ${bytes.length}`
  }
}

/** Which bits differ among equally long byte strings, in hexadecimal, and what the others are. */
export function bits(samples) {
  const [first] = samples
  const varying = Buffer.alloc(first.length)
  for (const sample of samples) for (const [i, byte] of sample.entries()) varying[i] |= byte ^ first[i]
  const fixed = Buffer.from(first.map((byte, i) => byte & ~varying[i]))
  return { varying: varying.toString('hex'), fixed: fixed.toString('hex') }
}
