/**
 * With and without `atfork/register`, node:crypto does the same: one program calls each guarded function in every form,
 * and its reports must be equal.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { runNode } from '../support/node-child.ts'
import { slow } from '../support/slow.ts'
import { PRELUDE, RIGHT, WRONG } from './conformance/wrong-guards.ts'

const CASES = fileURLToPath(new URL('conformance-cases.mjs', import.meta.url))
const REGISTER = fileURLToPath(new URL('../../dist/register.js', import.meta.url))
/** Asks for the guard of Math.random too. Without a guard it says nothing. */
const MATH = { ATFORK_MATH_RANDOM: '1' }
const run = promisify(execFile)

type Report = Record<string, Record<string, unknown>>
interface Difference {
  case: string
  stock: unknown
  guarded: unknown
}

/** What the cases did, all of them or those of some groups, and what was printed beside. */
async function reportOf(flags: string[], groups: string[] = []): Promise<{ report: Report; stderr: string }> {
  const args = [...flags, CASES, ...groups]
  const limits = { timeout: 100_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const
  const env = { ...process.env, ...MATH }
  const { stdout, stderr } = await run(process.env.ATFORK_NODE ?? process.execPath, args, { ...limits, env })
  return { report: JSON.parse(stdout), stderr: stderr.replaceAll(/\(node:\d+\)/g, '(node)') }
}

/** The cases that did not come out alike, in the groups that both reports hold. */
function differences(stock: Report, guarded: Report): Difference[] {
  const found: Difference[] = []
  for (const [group, cases] of Object.entries(guarded))
    for (const name of new Set([...Object.keys(cases), ...Object.keys(stock[group] ?? {})])) {
      const pair = { stock: stock[group]?.[name], guarded: cases[name] }
      if (JSON.stringify(pair.stock) !== JSON.stringify(pair.guarded)) found.push({ case: name, ...pair })
    }
  return found
}

/** Without a guard. */
let stock: Report = {}
beforeAll(async () => {
  const { report, stderr } = await reportOf([])
  expect(stderr).toBe('')
  stock = report
}, 120_000)

test('the report covers each function in many forms', () => {
  const least = { surface: 120, callbacks: 25, bytes: 150, fill: 1500, integers: 150, ids: 35, webcrypto: 130 }
  const counts = Object.entries(stock).map(([group, cases]) => [group, Object.keys(cases).length])
  const expected = Object.entries(least).map(([group, count]) => [group, expect.toSatisfy((n: number) => n >= count)])
  expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(expected))
})

test.for([
  ['--require', []],
  ['--import', []],
  ['--require', ['--pending-deprecation']], // the aliases are functions of their own, which warn
] as const)('%s atfork/register %o: nothing differs', { timeout: 120_000 }, async ([flag, others], ctx) => {
  if (flag !== '--require' || others.length > 0) slow(ctx)
  const plain = others.length === 0 ? { report: stock, stderr: '' } : await reportOf([...others])
  const guarded = await reportOf([...others, flag, REGISTER])
  expect(differences(plain.report, guarded.report)).toEqual([])
  expect(Object.keys(guarded.report)).toEqual(Object.keys(stock))
  expect(guarded.stderr).toBe(plain.stderr)
})

/** Notes what is there before the guard. */
const KEEP = `const crypto = require('node:crypto')
  const { getOwnPropertyDescriptors: all, getPrototypeOf } = Object
  const holders = { crypto, 'Crypto.prototype': getPrototypeOf(crypto.webcrypto), Math }
  const before = Object.entries(holders).map(([name, holder]) => [name, holder, all(holder)])
  const differ = (a, b) => ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'].some((key) => a[key] !== b?.[key])
  globalThis.changed = () => before.flatMap(([name, holder, old]) => Object.keys({ ...old, ...all(holder) })
    .filter((key) => differ(old[key], Object.getOwnPropertyDescriptor(holder, key))).map((key) => name + '.' + key))`

test('the guard is on in those runs, and unregister() takes it off without a trace', async () => {
  await inFolder(async (folder) => {
    const keep = join(folder, 'keep.cjs')
    writeFileSync(keep, KEEP)
    const program = `
      import crypto, * as named from 'node:crypto'
      import { unregister } from ${JSON.stringify(pathToFileURL(REGISTER).href)}
      const during = globalThis.changed()
      unregister()
      const imported = Object.keys(named).filter((name) => name !== 'default' && named[name] !== crypto[name])
      report({ during, after: globalThis.changed(), imported, v7: 'randomUUIDv7' in crypto })`
    const flags = ['--require', keep, '--require', REGISTER]
    const { v7, ...seen } = (await runNode(program, { flags, env: MATH })) as { v7: boolean }
    const aliases = ['pseudoRandomBytes', 'prng', 'rng']
    const own = [
      'randomBytes',
      'randomFill',
      'randomFillSync',
      'randomInt',
      'randomUUID',
      ...(v7 ? ['randomUUIDv7'] : []),
    ]
    const web = ['getRandomValues', 'randomUUID'].map((name) => `Crypto.prototype.${name}`)
    const all = [...[...aliases, ...own].map((name) => `crypto.${name}`), ...web, 'Math.random']
    expect(seen).toEqual({ during: expect.arrayContaining(all), after: [], imported: [] })
    expect((seen as unknown as { during: string[] }).during).toHaveLength(all.length)
  })
})

/** Functions that fail later, as Node's would if OpenSSL had no bytes: nothing else can make them. */
const FAILING = `const crypto = require('node:crypto')
  globalThis.failure = Object.assign(new Error('of the stub'), { code: 'ERR_STUB' })
  for (const name of ['randomBytes', 'randomFill', 'randomInt'])
    crypto[name] = (...args) => void setImmediate(() => args.at(-1).call(crypto, globalThis.failure, 'more', 'still more'))`

test('an error that Node calls back with comes through as it is', async () => {
  await inFolder(async (folder) => {
    const stub = join(folder, 'stub.cjs')
    writeFileSync(stub, FAILING)
    const program = `
      import crypto from 'node:crypto'
      import { calledBack } from ${JSON.stringify(new URL('conformance/describe.mjs', import.meta.url).href)}
      const plain = (value) => (value === globalThis.failure ? 'the error' : value)
      report({
        randomBytes: await calledBack((done) => crypto.randomBytes(8, done), plain),
        randomFill: await calledBack((done) => crypto.randomFill(new Uint8Array(8), 0, 8, done), plain),
        randomInt: await calledBack((done) => crypto.randomInt(1, 7, done), plain),
      })`
    const once = [{ synchronous: false, this: 'Object', arguments: ['the error', 'more', 'still more'] }]
    const each = { returned: 'undefined', calls: once }
    for (const flags of [[], ['--require', REGISTER]])
      expect(await runNode(program, { flags: ['--require', stub, ...flags] })).toEqual({
        randomBytes: each,
        randomFill: each,
        randomInt: each,
      })
  })
})

/** The cases that differ under a guard of this test's own. */
const underGuard = (code: string, groups: string[]): Promise<string[]> =>
  inFolder(async (folder) => {
    const preload = join(folder, 'guard.mjs')
    writeFileSync(preload, PRELUDE + code)
    const { report } = await reportOf(['--import', preload], groups)
    return differences(stock, report).map((difference) => difference.case)
  })

test('a guard that passes on is not noticed', { timeout: 120_000 }, async (ctx) => {
  slow(ctx)
  expect(await underGuard(RIGHT, [])).toEqual([])
})

const FIRST = Object.keys(WRONG).slice(0, 3)

test.for(Object.entries(WRONG))(
  'a guard that %s is noticed',
  { timeout: 120_000 },
  async ([name, { code, group, differs }], ctx) => {
    if (!FIRST.includes(name)) slow(ctx)
    expect(await underGuard(code, [group])).toContainEqual(expect.stringMatching(differs))
  },
)
