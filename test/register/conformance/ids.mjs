/** crypto.randomUUID, and randomUUIDv7 where Node has it. */
import crypto from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { bits, outcome } from './describe.mjs'

const OPTIONS = [
  ...[undefined, {}, { disableEntropyCache: true }, { disableEntropyCache: false }, { disableEntropyCache: undefined }],
  ...[{ disableEntropyCache: 1 }, { disableEntropyCache: 'true' }, { disableEntropyCache: null }, { other: 1 }],
  ...[null, 0, 1, '', 'text', true, false, [], [1], () => {}, 1n, Symbol('s'), new Date(0), Object.create(null)],
]
/** More than Node's cache holds: 128. */
const DRAWS = 400
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const isId = (value) => FORM.test(value)
const raw = (uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex')
const draws = (draw) => Array.from({ length: DRAWS }, () => draw())
const time = (uuid) => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)

/** What both have in common. */
function common(name) {
  const draw = (...args) => crypto[name](...args)
  const report = { [`${name}()`]: outcome(draw, isId) }
  for (const options of OPTIONS) report[`${name}(${inspect(options)})`] = outcome(() => draw(options), isId)
  for (const disableEntropyCache of [false, true]) {
    const ids = draws(() => draw({ disableEntropyCache }))
    report[`${name}, cache ${disableEntropyCache}: form`] = ids.every(isId)
    report[`${name}, cache ${disableEntropyCache}: distinct`] = new Set(ids).size
    // Not the time: all bits from the version on. A bit that is random stays the same once in 2^399.
    report[`${name}, cache ${disableEntropyCache}: bits`] = bits(ids.map((id) => raw(id).subarray(6)))
  }
  report[`${name}: bits of the first half`] =
    name === 'randomUUID' && bits(draws(draw).map((id) => raw(id).subarray(0, 6)))

  let reads = 0
  const options = {
    get disableEntropyCache() {
      reads++
      return true
    },
  }
  report[`${name}: an option that is a getter`] = [outcome(() => draw(options), isId), `${reads} reads`]
  const failing = {
    get disableEntropyCache() {
      throw new RangeError('of the getter')
    },
  }
  report[`${name}: an option whose getter throws`] = outcome(() => draw(failing), isId)
  report[`${name}: an inherited option`] = outcome(() => draw(Object.create(options)), isId)
  report[`${name}: a further argument`] = outcome(() => draw({}, 1), isId)
  report[`${name}: on another this`] = outcome(() => crypto[name].call(undefined), isId)
  report[`${name}: with new`] = outcome(() => new crypto[name]())
  return report
}

async function v7() {
  const report = {}
  for (const disableEntropyCache of [false, true]) {
    const before = Date.now()
    const ids = draws(() => crypto.randomUUIDv7({ disableEntropyCache }))
    const times = ids.map(time)
    report[`v7, cache ${disableEntropyCache}: time`] = times.every((at) => at >= before && at <= Date.now())
    const first = crypto.randomUUIDv7({ disableEntropyCache })
    await wait(5)
    report[`v7, cache ${disableEntropyCache}: ascends with time`] = first < crypto.randomUUIDv7({ disableEntropyCache })
  }
  const now = Date.now
  Date.now = () => 0
  try {
    report['v7, Date.now says 0'] = time(crypto.randomUUIDv7()) === 0
  } finally {
    Date.now = now
  }
  return report
}

export async function ids() {
  if (typeof crypto.randomUUIDv7 !== 'function') return { ...common('randomUUID'), v7: 'not of this Node' }
  return { ...common('randomUUID'), ...common('randomUUIDv7'), ...(await v7()) }
}
