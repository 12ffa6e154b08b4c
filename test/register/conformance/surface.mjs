/** How the functions look: names, lengths, descriptors, order, and by which way each of them is reached. */

import nodeDefault, * as prefixed from 'node:crypto'
import { getRandomValues, randomBytes, randomFill, randomFillSync, randomInt, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
// biome-ignore lint/style/useNodejsImportProtocol: the name that old code uses is under test
import plainDefault, * as plain from 'crypto'

const NAMES = [
  ...['randomBytes', 'prng', 'rng', 'pseudoRandomBytes', 'randomFill', 'randomFillSync', 'randomInt'],
  ...['randomUUID', 'randomUUIDv7', 'getRandomValues', 'webcrypto'],
]

/** All that can be seen of a function but its text. */
function face(value) {
  if (typeof value !== 'function') return typeof value
  const own = Reflect.ownKeys(value).map((key) => {
    const { value: held, ...flags } = Object.getOwnPropertyDescriptor(value, key)
    return [String(key), flags, typeof held === 'object' ? inspect(held) : String(held)]
  })
  return { inspected: inspect(value), own, plain: Object.getPrototypeOf(value) === Function.prototype }
}

/** A property, without a call of its getter. */
function property(object, key) {
  const descriptor = Object.getOwnPropertyDescriptor(object, key)
  if (descriptor === undefined) return 'none'
  const { value, get, set, ...flags } = descriptor
  return { ...flags, value: face(value), get: face(get), set: face(set), keys: Object.keys(descriptor) }
}

/** Of the functions themselves, before anything has called a getter. */
function descriptors() {
  const report = {}
  const methods = Object.getPrototypeOf(globalThis.crypto)
  for (const name of NAMES) report[`crypto.${name}`] = property(nodeDefault, name)
  for (const name of Reflect.ownKeys(methods)) report[`Crypto.prototype.${String(name)}`] = property(methods, name)
  report['Math.random'] = property(Math, 'random')
  report['globalThis.crypto'] = property(globalThis, 'crypto')
  report['globalThis.Crypto'] = property(globalThis, 'Crypto')
  const keys = { crypto: nodeDefault, webcrypto: globalThis.crypto, 'Crypto.prototype': methods, Math, prefixed }
  for (const [name, object] of Object.entries(keys)) report[`keys of ${name}`] = Reflect.ownKeys(object).map(String)
  for (const name of NAMES) report[`crypto.${name}, read`] = face(nodeDefault[name])
  for (const name of NAMES) report[`crypto.${name}, after it was read`] = property(nodeDefault, name)
  return report
}

/** The ways to the module, which must lead to the same functions. */
async function ways() {
  const require = createRequire(import.meta.url)
  const modules = {
    "import from 'crypto'": plain,
    "default import from 'crypto'": plainDefault,
    "import from 'node:crypto'": prefixed,
    "import('node:crypto')": await import('node:crypto'),
    // biome-ignore lint/style/useNodejsImportProtocol: as above
    "require('crypto')": require('crypto'),
    "require('node:crypto')": require('node:crypto'),
    'process.getBuiltinModule': process.getBuiltinModule('node:crypto'),
    spread: { ...nodeDefault },
  }
  const report = {}
  for (const [way, module] of Object.entries(modules))
    for (const name of NAMES) report[`${name} by ${way}`] = module[name] === nodeDefault[name]
  const named = { getRandomValues, randomBytes, randomFill, randomFillSync, randomInt, randomUUID }
  for (const [name, value] of Object.entries(named)) report[`${name} imported`] = value === nodeDefault[name]
  report['globalThis.crypto is webcrypto'] = globalThis.crypto === nodeDefault.webcrypto
  report['webcrypto is a Crypto'] = globalThis.crypto instanceof globalThis.Crypto
  report['as a string'] = String(globalThis.crypto)
  report['when inspected'] = inspect(globalThis.crypto, { depth: 0 })
  return report
}

/** The same in a worker thread, which runs this file. By name: `--import` is not for workers made of text. */
function inWorker() {
  const worker = new Worker(new URL(import.meta.url))
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}
if (!isMainThread) parentPort.postMessage(descriptors())

export async function surface() {
  return { ...descriptors(), ...(await ways()), 'in a worker thread': await inWorker() }
}
