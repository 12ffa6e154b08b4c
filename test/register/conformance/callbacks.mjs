/** Callbacks: in which order and context they come, and what a process does when one of them throws. */
import {
  AsyncLocalStorage,
  createHook,
  executionAsyncId,
  executionAsyncResource,
  triggerAsyncId,
} from 'node:async_hooks'
import { execFile } from 'node:child_process'
import crypto from 'node:crypto'
import { promisify } from 'node:util'
import { kind } from './describe.mjs'

/** Each call that takes a callback. */
const STARTS = {
  'randomBytes(8)': (done) => crypto.randomBytes(8, done),
  'randomBytes(0)': (done) => crypto.randomBytes(0, done),
  'randomFill(view)': (done) => crypto.randomFill(new Uint8Array(8), done),
  'randomFill(view, 1)': (done) => crypto.randomFill(new Uint8Array(8), 1, done),
  'randomFill(view, 1, 2)': (done) => crypto.randomFill(new Uint8Array(8), 1, 2, done),
  'randomFill(view, 8, 0)': (done) => crypto.randomFill(new Uint8Array(8), 8, 0, done),
  'randomInt(6)': (done) => crypto.randomInt(6, done),
  'randomInt(1, 7)': (done) => crypto.randomInt(1, 7, done),
}

/** The asynchronous context of a callback. */
async function contexts() {
  const report = {}
  crypto.randomInt(6) // the next 1,023 lie ready: those are a tick away, others wait for a refill that somebody else began
  const storage = new AsyncLocalStorage()
  const types = new Map()
  const hook = createHook({ init: (id, type) => types.set(id, type) }).enable()
  for (const [name, start] of Object.entries(STARTS)) {
    report[name] = await new Promise((resolve) =>
      storage.run(name, () => {
        const creator = executionAsyncId()
        start(() =>
          resolve({
            stored: storage.getStore(),
            type: types.get(executionAsyncId()) ?? 'none',
            resource: kind(executionAsyncResource()),
            triggered: triggerAsyncId() === creator,
            own: executionAsyncId() !== creator,
          }),
        )
      }),
    )
    report[`promisify: ${name}`] = await storage.run(name, () => promisify(start)().then(() => storage.getStore()))
  }
  hook.disable()
  return report
}

/** What comes before and after the callback of a randomInt whose integers lie ready. */
const order = () =>
  new Promise((resolve) =>
    setImmediate(() => {
      crypto.randomInt(6) // the next is not the first
      const seen = []
      process.nextTick(() => seen.push('tick before'))
      Promise.resolve().then(() => seen.push('microtask'))
      crypto.randomInt(6, () => seen.push('callback'))
      process.nextTick(() => seen.push('tick after'))
      setImmediate(() => resolve(seen))
      seen.push('returned')
    }),
  )

/** Programs of their own: what they print and how they end is all that is compared. */
const PROGRAMS = {
  'randomBytes, callback throws': `crypto.randomBytes(8, () => { throw new Error('mine') })`,
  'randomFill, callback throws': `crypto.randomFill(new Uint8Array(8), () => { throw new TypeError('mine') })`,
  'randomInt, callback throws': `crypto.randomInt(6, () => { throw new Error('mine') })`,
  'randomBytes, callback throws null': `crypto.randomBytes(8, () => { throw null })`,
  'thrown errors are heard once, and the next callbacks come': `
    let calls = 0
    const failing = (name) => () => { calls++; throw new Error(name) }
    const starts = [
      () => crypto.randomBytes(8, failing('bytes')),
      () => crypto.randomFill(new Uint8Array(8), failing('fill')),
      () => crypto.randomInt(6, failing('int')),
      () => crypto.randomInt(1, 7, failing('int again')),
    ]
    const next = () => starts.shift()?.()
    process.on('uncaughtException', (error, origin) => { console.log('uncaught', error.message, origin); next() })
    process.on('exit', () => console.log(calls))
    next()`,
  'of no bytes, the caller gets what the callback throws': `
    for (const start of [(done) => crypto.randomBytes(0, done), (done) => crypto.randomFill(new Uint8Array(0), done)])
      try { start(() => { console.log('called'); throw new Error('mine') }) } catch (error) { console.log(error.message) }`,
  'in a domain': `
    const domain = require('node:domain').create()
    domain.on('error', (error) => console.log('domain', error.message))
    domain.run(() => crypto.randomBytes(8, () => { throw new Error('mine') }))`,
  'an unhandled rejection': `require('node:util').promisify(crypto.randomBytes)(-1)`,
  'an argument error': `crypto.randomFill('text', () => {})`,
  'the first integers come in order': `for (const n of [1, 2, 3]) crypto.randomInt(6, () => console.log(n))`,
  'a pending call keeps the process': `crypto.randomBytes(65536, (...args) => console.log(args.length))`,
  'process.exit in a callback': `crypto.randomBytes(8, () => process.exit(3))`,
  'not awaited, and exit': `crypto.randomBytes(8, () => console.log('late')); process.exit(4)`,
}

/** Runs one in this process's own way. Where the error came through is left out: frames of the stack. */
const run = (program) =>
  new Promise((resolve) => {
    const code = `const crypto = require('node:crypto')\n${program}`
    const args = [...process.execArgv, '--eval', code]
    execFile(process.execPath, args, { timeout: 50_000, killSignal: 'SIGKILL' }, (failed, stdout, stderr) => {
      const lines = stderr.split('\n').filter((line) => !/^\s+at |^node:internal|^\s+\^$/.test(line))
      resolve({ code: failed?.code ?? 0, signal: failed?.signal ?? null, stdout, stderr: lines })
    })
  })

export async function callbacks() {
  const report = { ...(await contexts()), 'order of randomInt': await order() }
  const ended = Object.entries(PROGRAMS).map(async ([name, program]) => [name, await run(program)])
  return { ...report, ...Object.fromEntries(await Promise.all(ended)) }
}
