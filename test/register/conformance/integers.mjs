/** crypto.randomInt, and Math.random. */
import crypto from 'node:crypto'
import { inspect, promisify } from 'node:util'
import { bits, calledBack, outcome, settled, turn } from './describe.mjs'

const TOP = 2 ** 48 - 1
const FORMS = [
  ...[
    [1],
    [6],
    [256],
    [2 ** 32],
    [TOP],
    [1, 7],
    [0, 1],
    [-5, 5],
    [-3, -1],
    [5, 6],
    [0, TOP],
    [-(2 ** 47), 2 ** 47 - 1],
  ],
  ...[
    [Number.MAX_SAFE_INTEGER - 5, Number.MAX_SAFE_INTEGER],
    [-0, 3],
    [Number.MIN_SAFE_INTEGER, -(2 ** 53) + 9],
  ],
  ...[
    [6, undefined],
    [1, 7, undefined],
  ],
]
const BAD_FORMS = [
  ...[
    [],
    [undefined],
    [0],
    [-1],
    [-0],
    [1.5],
    [NaN],
    [Infinity],
    ['6'],
    [6n],
    [true],
    [null],
    [{}],
    [2 ** 48],
    [2 ** 53],
  ],
  ...[
    [5, 5],
    [7, 1],
    [1, '7'],
    ['1', 7],
    [1, null],
    [null, 7],
    [1, 1.5],
    [1.5, 7],
    [1, NaN],
    [NaN, 7],
    [1, 7n],
  ],
  ...[
    [0, 2 ** 48],
    [-1, TOP],
    [-(2 ** 53), 0],
    [0, 2 ** 53],
    [-(2 ** 47), 2 ** 47],
    [undefined, 7],
    [{}, {}],
  ],
  ...[
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [6, {}],
    [6, 'callback'],
  ],
]
const NOT_CALLBACKS = [null, 0, 'callback', {}, true]

const show = (form) => form.map((arg) => inspect(arg)).join(', ')
const within = (form) => {
  const [min, max] = typeof form[1] === 'number' ? form : [0, form[0]]
  return (n) => (n === null || n === undefined ? String(n) : n >= min && n < max && Number.isSafeInteger(n))
}

const sixBytes = (n) => {
  const out = Buffer.alloc(6)
  out.writeUIntBE(n, 0, 6)
  return out
}

export async function integers() {
  const report = {}
  for (const form of [...FORMS, ...BAD_FORMS]) {
    const args = show(form)
    const head = form.at(-1) === undefined ? form.slice(0, -1) : form // a callback after undefined is not heard
    report[`randomInt(${args})`] = outcome(() => crypto.randomInt(...form), within(form))
    report[`randomInt(${args}, callback)`] = await calledBack((done) => crypto.randomInt(...head, done), within(form))
    report[`promisify(randomInt)(${args})`] = await settled(() => promisify(crypto.randomInt)(...head), within(form))
  }
  for (const callback of NOT_CALLBACKS)
    for (const form of [
      [1, 7],
      [7, 1],
    ]) {
      const args = show([...form, callback])
      report[`randomInt(${args})`] = outcome(() => crypto.randomInt(...form, callback), within(form))
    }
  report['randomInt(6, callback, more)'] = await calledBack((done) => crypto.randomInt(6, done, 'more'), within([6]))
  let called = 0
  const unheard = () => crypto.randomInt(6, undefined, () => called++)
  report['randomInt(6, undefined, callback)'] = [outcome(unheard, within([6])), await turn(), called]
  report['on another this'] = outcome(() => crypto.randomInt.call(undefined, 6), within([6]))
  report['with new'] = outcome(() => new crypto.randomInt(6))

  // 400 draws leave out one of 3 values once in 2^232.
  const draws = (count, ...form) => Array.from({ length: count }, () => crypto.randomInt(...form))
  report['values of randomInt(3)'] = [...new Set(draws(400, 3))].sort()
  report['values of randomInt(-1, 2)'] = [...new Set(draws(400, -1, 2))].sort()
  const later = await Promise.all(Array.from({ length: 400 }, () => promisify(crypto.randomInt)(-1, 2)))
  report['values of promisify(randomInt)(-1, 2)'] = [...new Set(later)].sort()
  report['bits of randomInt(2 ** 48 - 1)'] = bits(draws(400, TOP).map(sixBytes))
  // A plain remainder would put half of the values into the lowest third, 11 deviations from the bound.
  const range = 3 * 2 ** 46
  report['no remainder'] = draws(4000, range).filter((n) => n < 2 ** 46).length < 4000 * (5 / 12)

  const random = Array.from({ length: 400 }, () => Math.random())
  report['Math.random()'] = random.every((x) => x >= 0 && x < 1)
  report['Math.random() differs'] = new Set(random).size
  report['Math.random(6)'] = outcome(() => Math.random(6))
  // 2^-50 of all values have their lowest 50 bits zero; each draw is a multiple of 2^-53.
  report['Math.random() has 52 or 53 bits'] = random.some((x) => (x * 2 ** 50) % 1 !== 0) && random.every(isMultiple)
  return report
}

const isMultiple = (x) => Number.isInteger(x * 2 ** 53)
