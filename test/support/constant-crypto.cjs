// A preload: node:crypto as it may not be. What its functions return is constant.
const crypto = require('node:crypto')

const fill = (target) => {
  new Uint8Array(target.buffer ?? target, target.byteOffset ?? 0, target.byteLength).fill(7)
  return target
}
const UUID = '00000000-0000-4000-8000-000000000000'
const UUID7 = '00000000-0000-7000-8000-000000000000'
const last = (args, value) => (typeof args.at(-1) === 'function' ? void setImmediate(args.at(-1), null, value) : value)

crypto.randomBytes = (...args) => last(args, Buffer.alloc(args[0]))
crypto.randomInt = (...args) => last(args, typeof args[1] === 'number' ? args[0] : 0)
crypto.randomUUID = () => UUID
if (crypto.randomUUIDv7 !== undefined) crypto.randomUUIDv7 = () => UUID7
crypto.randomFillSync = fill
crypto.randomFill = (...args) => last(args, fill(args[0]))
const web = Object.getPrototypeOf(crypto.webcrypto)
web.getRandomValues = fill
web.randomUUID = () => UUID
Math.random = () => 0.5
