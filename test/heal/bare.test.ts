/** Events where the runtime lacks, withholds or has replaced what healing uses: hooks run, and all that can be healed is. */
import { expect, test } from 'vitest'
import { runNode } from '../support/node-child.ts'

/** After `prepare` and the import, and `later`: two events. How often a thread was asked, and what the hooks heard. */
const EVENTS = (prepare: string, later: string): string => `
  import crypto from 'node:crypto'
  const wait = setTimeout
  const real = crypto.randomFill
  let asked = 0
  let answered = 0
  crypto.randomFill = (view, done) => {
    asked++
    real(view, (...args) => (done(...args), wait(() => answered++, 10)))
  }
  ${prepare}
  const { atfork, healing, postfork, random, ready } = await import('atfork')
  ${later}
  const heard = []
  postfork(({ kind }) => heard.push(kind))
  for (let i = 0; i < 2; i++) {
    atfork(new Uint8Array(32))
    await ready()
    await new Promise((resolve) => wait(resolve, 50)) // the thread is asked in the next turn
    for (let tries = 0; answered < asked && tries < 1000; tries++) await new Promise((resolve) => wait(resolve, 10))
  }
  const { uuidCache, intCache } = healing()
  report({ asked, heard, uuidCache, intCache, drawn: new Set([random.uuid(), random.uuid()]).size })`

const HEALED = { asked: 2, heard: ['manual', 'manual'], uuidCache: 'emptied', intCache: 'emptied', drawn: 2 }
const env = { ATFORK_HEAL: 'caches' }

test.each<[string, string]>([
  ['nothing (the control)', ''],
  ['no setImmediate', 'delete globalThis.setImmediate'],
  ['one that returns a number', 'globalThis.setImmediate = (action) => (queueMicrotask(action), 1)'],
  ['a fake clock that stands still', 'globalThis.setImmediate = globalThis.setTimeout = () => ({ unref() {} })'],
])('%s, before the import and after it', async (_, change) => {
  expect(await runNode(EVENTS(change, ''), { env })).toEqual(HEALED)
  expect(await runNode(EVENTS('', change), { env })).toEqual(HEALED)
})

test('an environment that may not be read: as if nothing were set there', async () => {
  const forbid = `
    process.env = new Proxy({}, { get() { throw Object.assign(new Error('no --allow-env'), { name: 'NotCapable' }) } })`
  expect(await runNode(EVENTS('', forbid))).toEqual(HEALED)
})

test('no process at all: nothing to heal, and atfork() does the rest', async () => {
  const answer = await runNode(EVENTS('globalThis.process = undefined', ''))
  const missing = (what: string): string => `not emptied: crypto.${what} is not Node's own function`
  const heard = { asked: 0, heard: ['manual', 'manual'], drawn: 2 }
  expect(answer).toEqual({ ...heard, uuidCache: missing('randomUUID'), intCache: missing('randomInt') })
})
