/** Guards that are wrong, each in one way, as preloads: what the comparison has to notice. */

export interface WrongGuard {
  /** An ES module that begins with PRELUDE. */
  code: string
  /** The group of cases that is run, and a case in it that must differ. */
  group: string
  differs: RegExp
}

/** `replace` puts `make(stock)` where a function was, with its name and length, and into imports as well. */
export const PRELUDE = `
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
const face = (guard, stock) => {
  for (const key of ['name', 'length']) Object.defineProperty(guard, key, { value: stock[key], configurable: true })
  return guard
}
const replace = (name, make, on = crypto) => {
  on[name] = face(make(on[name]), on[name])
  syncBuiltinESMExports()
}
`

/** A guard that only passes on: there is nothing to notice. */
export const RIGHT = `
for (const name of ['randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'randomUUIDv7'])
  if (name in crypto)
    replace(name, (stock) => function (...args) { return new.target ? new stock(...args) : stock.apply(this, args) })
`

export const WRONG: Record<string, WrongGuard> = {
  'swallows an error': {
    code: `replace('randomBytes', (stock) => function (...args) {
      try { return stock(...args) } catch { return Buffer.alloc(8) } // and calls no callback
    })`,
    group: 'bytes',
    differs: /^randomBytes\(-1\)$/,
  },
  'throws an error of its own': {
    code: `replace('randomInt', (stock) => function (...args) {
      try { return stock(...args) } catch (error) { throw new RangeError(error.message) }
    })`,
    group: 'integers',
    differs: /^randomInt\(5, 5\)$/,
  },
  'has another name': {
    code: `const stock = crypto.randomFill
      crypto.randomFill = function (buf, offset, size, callback) { return stock(buf, offset, size, callback) }
      Object.defineProperty(crypto.randomFill, 'name', { value: 'guarded' })`,
    group: 'surface',
    differs: /^crypto\.randomFill$/,
  },
  'is not enumerable': {
    code: `Object.defineProperty(crypto, 'randomInt', { enumerable: false })`,
    group: 'surface',
    differs: /^crypto\.randomInt$/,
  },
  'leaves imports as they were': {
    code: `const stock = crypto.randomInt
      crypto.randomInt = face(function (...args) { return stock(...args) }, stock)`,
    group: 'surface',
    differs: /^randomInt imported$/,
  },
  'leaves an alias as it was': {
    code: `crypto.prng
      replace('randomBytes', (stock) => function (size, callback) { return stock(size, callback) })`,
    group: 'bytes',
    differs: /^prng is randomBytes$/,
  },
  'fills all of the memory': {
    code: `replace('randomFillSync', (stock) => function (target, ...args) {
      const result = stock(target, ...args)
      return crypto.getRandomValues(new Uint8Array(target.buffer ?? target)), result
    })`,
    group: 'fill',
    differs: /^randomFillSync\(Uint32Array, 1, 2\)$/,
  },
  'counts the offset in bytes': {
    code: `replace('randomFillSync', (stock) => function (target, offset = 0, size) {
      const before = ArrayBuffer.isView(target) ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength).slice() : 0
      const result = stock(target, offset, size)
      if (size === undefined || before === 0) return result
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      bytes.set(before)
      crypto.getRandomValues(bytes.subarray(offset, offset + size))
      return result
    })`,
    group: 'fill',
    differs: /^randomFillSync\(BigUint64Array, 1, 2\)$/,
  },
  'looks into memory that is gone': {
    code: `replace('randomFill', (stock) => function (target, ...args) {
      const done = args.pop()
      return stock(target, ...args, typeof done !== 'function' ? done : function (...results) {
        try { new Uint8Array(target.buffer ?? target) } catch (error) { results = [error] }
        return done.apply(this, results)
      })
    })`,
    group: 'fill',
    differs: /^transferred in flight$/,
  },
  'loses the this of a callback': {
    code: `replace('randomBytes', (stock) => function (size, done) {
      return stock(size, typeof done === 'function' ? (...args) => done(...args) : done)
    })`,
    group: 'bytes',
    differs: /^randomBytes\(16, callback\)$/,
  },
  'calls back at once': {
    code: `replace('randomInt', (stock) => function (...args) {
      const done = args.pop()
      return typeof done === 'function' ? void done(undefined, stock(...args)) : stock(...args, done)
    })`,
    group: 'integers',
    differs: /^randomInt\(6, callback\)$/,
  },
  'calls back with one argument more': {
    code: `replace('randomInt', (stock) => function (...args) {
      const done = args.pop()
      return stock(...args, typeof done === 'function' ? (...results) => done(...results, undefined) : done)
    })`,
    group: 'integers',
    differs: /^randomInt\(6, callback\)$/,
  },
  'calls back twice when the callback throws': {
    code: `replace('randomBytes', (stock) => function (size, done) {
      return stock(size, done && function (...args) {
        try { done.apply(this, args) } catch { done.apply(this, args) }
      })
    })`,
    group: 'callbacks',
    differs: /^thrown errors are heard once/,
  },
  'swallows what a callback throws': {
    code: `replace('randomInt', (stock) => function (...args) {
      const done = args.pop()
      return stock(...args, typeof done !== 'function' ? done : (...results) => { try { done(...results) } catch {} })
    })`,
    group: 'callbacks',
    differs: /^randomInt, callback throws$/,
  },
  'loses the asynchronous context': {
    code: `const { AsyncResource } = await import('node:async_hooks')
      const outside = new AsyncResource('OUTSIDE')
      replace('randomFill', (stock) => function (...args) {
        const done = args.pop()
        return stock(...args, function (...results) { outside.runInAsyncScope(done, this, ...results) })
      })`,
    group: 'callbacks',
    differs: /^randomFill\(view\)$/,
  },
  'takes a remainder': {
    code: `replace('randomInt', (stock) => function (min, max, callback) {
      const [low, high] = max === undefined ? [0, min] : [min, max]
      if (callback !== undefined || !(high - low > 2 ** 47) || !(high - low < 2 ** 48)) return stock(min, max, callback)
      return low + (stock(2 ** 48 - 1) % (high - low))
    })`,
    group: 'integers',
    differs: /^no remainder$/,
  },
  'gives an id of no version': {
    code: `replace('randomUUID', (stock) => function (options) {
      stock(options)
      return crypto.randomBytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    })`,
    group: 'ids',
    differs: /^randomUUID, cache false: bits$/,
  },
  'reads an option twice': {
    code: `replace('randomUUID', (stock) => function (options) { stock(options); return stock(options) })`,
    group: 'ids',
    differs: /^randomUUID: an option that is a getter$/,
  },
  'asks for no receiver': {
    code: `replace('getRandomValues', (stock) => function (array) {
      return stock.call(crypto.webcrypto, array)
    }, Object.getPrototypeOf(crypto.webcrypto))`,
    group: 'webcrypto',
    differs: /^getRandomValues on object$/,
  },
  'has no quota': {
    code: `replace('getRandomValues', (stock) => function (array) {
      return array?.byteLength > 65536 ? crypto.randomFillSync(array) : stock.apply(this, arguments)
    }, Object.getPrototypeOf(crypto.webcrypto))`,
    group: 'webcrypto',
    differs: /^webcrypto\.getRandomValues\(65,537 bytes\)$/,
  },
  'returns a copy': {
    code: `replace('getRandomValues', (stock) => function (array) {
      const result = stock.apply(this, arguments)
      return result.slice()
    }, Object.getPrototypeOf(crypto.webcrypto))`,
    group: 'webcrypto',
    differs: /^webcrypto\.getRandomValues\(Uint8Array\)$/,
  },
}
