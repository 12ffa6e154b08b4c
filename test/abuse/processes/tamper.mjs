/** Ways to tamper with what all programs share. Each returns what undoes it. */
const TypedArray = Object.getPrototypeOf(Uint8Array)
const ArrayIterator = Object.getPrototypeOf([][Symbol.iterator]())
const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object

/** Descriptors without a prototype: these must work while Object.prototype itself is tampered with. */
function put(target, name, descriptor) {
  const before = getOwnPropertyDescriptor(target, name)
  if (before !== undefined) setPrototypeOf(before, null)
  defineProperty(target, name, { __proto__: null, configurable: true, ...descriptor })
  return () => {
    if (before === undefined) delete target[name]
    else defineProperty(target, name, before)
  }
}

const value = (value) => ({ __proto__: null, value, writable: true, enumerable: true })
const throwing = (name) => ({
  __proto__: null,
  get() {
    throw new Error(`${String(name)} was asked for`)
  },
  enumerable: true,
})

/** All of this package's option names, and what its errors and events carry. */
const OPTIONS = 'hash personalization entropy maxAge expand onFork nonce additionalInput timeout dispose interval paths'
const NAMES = OPTIONS.split(' ')

function all(names, change) {
  const undo = names.map(change)
  return () => {
    for (let i = 0; i < undo.length; i++) undo[i]()
  }
}

const method = (target, name, replacement) => () =>
  put(target, name, { __proto__: null, value: replacement, writable: true })
const failing = (target, name) =>
  method(target, name, () => {
    throw new Error(`${String(name)} was called`)
  })

/** What only adds to prototypes, or what nothing here leans on: all goes on as if it were not there. */
const HARMLESS = {
  nothing: () => () => {},
  'options on Object.prototype': () => all(NAMES, (name) => put(Object.prototype, name, value(-1))),
  'getters for options that throw': () => all(NAMES, (name) => put(Object.prototype, name, throwing(name))),
  'enumerable names': () => all(['polluted', 'isAdmin', 'toJSON'], (name) => put(Object.prototype, name, value('x'))),
  'numbers on Object.prototype': () => put(Object.prototype, '0', value(77)),
  'valueOf and toString': () =>
    all(['valueOf', 'toString'], (name) =>
      put(
        Object.prototype,
        name,
        value(() => 5),
      ),
    ),
  'more on Array.prototype': () =>
    put(
      Array.prototype,
      'last',
      value(() => 5),
    ),
  'more on Uint8Array.prototype': () => put(Uint8Array.prototype, 'polluted', value(5)),
  'Symbol.species': () => all([TypedArray, ArrayBuffer], (target) => put(target, Symbol.species, value(Float64Array))),
  'Function.prototype.apply': method(Function.prototype, 'apply', () => 5),
  'Function.prototype.bind': method(Function.prototype, 'bind', () => () => 5),
  'Function.prototype.call': method(Function.prototype, 'call', () => 5),
}

/** What may be refused, by us, by Node or by the language, and never gives a wrong value. */
const HARMFUL = {
  'then on Object.prototype': () =>
    put(
      Object.prototype,
      'then',
      value((resolve) => resolve(5)),
    ),
  'get on Object.prototype': () =>
    put(
      Object.prototype,
      'get',
      value(() => 5),
    ),
  'set on Object.prototype': () =>
    put(
      Object.prototype,
      'set',
      value(() => {}),
    ),
  'value on Object.prototype': () => put(Object.prototype, 'value', value(5)),
  'writable on Object.prototype': () => put(Object.prototype, 'writable', value(false)),
  'Array.prototype[Symbol.iterator]': failing(Array.prototype, Symbol.iterator),
  'the array iterator': failing(ArrayIterator, 'next'),
  'Array.prototype.map': failing(Array.prototype, 'map'),
  'Uint8Array.prototype.set': failing(TypedArray.prototype, 'set'),
  'Uint8Array.prototype.fill': failing(TypedArray.prototype, 'fill'),
  'Uint8Array.prototype.subarray': failing(TypedArray.prototype, 'subarray'),
  'Uint8Array.prototype.slice': failing(TypedArray.prototype, 'slice'),
}

export const NAMES_OF_HARMLESS = Object.keys(HARMLESS)
export const TAMPERINGS = { ...HARMLESS, ...HARMFUL }
