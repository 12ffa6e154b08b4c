/** A checkpoint that is taken while an asynchronous `randomInt` refills Node's cache. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type Order, requireCriu, restores } from '../support/checkpoint.ts'

beforeEach(requireCriu)

const COPIES = 8
/** Each twice. */
const DRAWS = 3000
const PENDING = 40

/**
 * One thread does all asynchronous work, in the order in which it was asked for. It opens a FIFO first, which takes
 * until somebody opens its other end.
 */
const START = `
import { open, openSync, mkdir } from 'node:fs'
import { generateKeyPair, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { atfork, healing } from 'atfork'
const MAX = 2 ** 48 - 1
const hold = () => open('gate', 'r', () => {})
const release = () => openSync('gate', 'r+')
const asked = []
/** Values that are asked for now and come later. */
const pend = (n) => { for (let i = 0; i < n; i++) asked.push(new Promise((done) => randomInt(MAX, (_, value) => done(value)))) }
const many = (draw) => Array.from({ length: ${DRAWS} }, draw)
const sync = () => many(() => randomInt(MAX))
const async = () => Promise.all(many(() => new Promise((done) => randomInt(MAX, (_, value) => done(value)))))
const pause = () => new Promise((done) => setImmediate(done))
// OpenSSL has a generator for each thread, which takes its first seed when it is first used.
randomBytes(16)
await new Promise((done) => randomBytes(16, done))
`
const ENV = { UV_THREADPOOL_SIZE: '1' }

/** The refill stands behind the open() in the queue when the checkpoint is taken, and until after the atfork(). */
const QUEUED = `${START}
hold()
pend(${PENDING})
await pause()
ready()
await go()
let early = false
asked[0].then(() => { early = true })
await pause()
const isEarly = early
atfork()
const { openssl } = healing()
const before = sync()
release()
const pending = await Promise.all(asked)
const after = sync()
report({ early: isEarly, openssl, pending, before, after, async: await async() })`

/** It has been done, which the folder tells that is made after it; its callback waits for the event loop. */
const DONE = `${START}
hold()
pend(${PENDING})
let early = false
asked[0].then(() => { early = true })
await pause()
mkdir('done', () => {})
release()
while (!existsSync('done')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
ready()
goBlocked()
const isEarly = early
atfork()
const { openssl } = healing()
const before = sync()
const pending = await Promise.all(asked)
const after = sync()
report({ early: isEarly, openssl, pending, before, after, async: await async() })`

/** The values are there, and only the callbacks are missing. */
const HANDED_OUT = `${START}
randomInt(MAX)
pend(1) // from what the cache holds
asked.push(new Promise((done) => randomBytes(16, (_, bytes) => done(bytes.toString('hex')))))
asked.push(new Promise((done) => generateKeyPair('x25519', {}, (_, publicKey) => done(publicKey.export({ format: 'jwk' }).x))))
mkdir('done', () => {})
while (!existsSync('done')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
ready()
goBlocked()
atfork()
const [int, bytes, key] = await Promise.all(asked)
report({ int, bytes, key, control: randomUUID() })`

interface Drawn {
  early: boolean
  openssl: string
  pending: number[]
  before: number[]
  after: number[]
  async: number[]
}
const KINDS = ['pending', 'before', 'after', 'async'] as const

/** How many values of each kind stand in a report of another process, too, whatever their kind there. */
function shared(reports: readonly Drawn[]): Record<string, number> {
  const owners = new Map<number, Set<number>>()
  const all = (report: Drawn): number[] => KINDS.flatMap((kind) => report[kind])
  for (const [i, report] of reports.entries())
    for (const value of all(report)) owners.set(value, (owners.get(value) ?? new Set()).add(i))
  const isShared = (value: number): boolean => (owners.get(value)?.size ?? 0) > 1
  return Object.fromEntries(
    KINDS.map((kind) => [kind, reports.flatMap((report) => report[kind]).filter(isShared).length]),
  )
}

const NOTHING = { pending: 0, before: 0, after: 0, async: 0 }
const orders = (count: number, env: Order['env'] = {}): Order[] => new Array(count).fill({ env })

describe.each([
  { name: 'queued', code: QUEUED },
  { name: 'done, but its callback has not run', code: DONE },
])('a refill that is $name', ({ code }) => {
  test('healed, 8 restores share nothing; unhealed, all', { timeout: 120_000 }, async () => {
    const plan = [...orders(COPIES), ...orders(2, { ATFORK_HEAL: 'off' })]
    const reports = (await restores({ code, env: ENV }, plan)) as Drawn[]
    const healed = reports.slice(0, COPIES)
    const unhealed = reports.slice(COPIES)
    for (const report of reports) {
      expect(report.early, 'no callback had run when atfork() was called').toBe(false)
      expect(report.pending.length).toBe(PENDING)
    }
    expect(new Set(healed.map(({ openssl }) => openssl))).toEqual(new Set(['reseeded']))
    expect(shared(healed)).toEqual(NOTHING)
    expect(shared(unhealed)).toEqual({ pending: 2 * PENDING, before: 2 * DRAWS, after: 2 * DRAWS, async: 2 * DRAWS })
  })
})

test('what is beyond reach: a value that was drawn before the checkpoint, and waits for its callback', async () => {
  const reports = (await restores({ code: HANDED_OUT, env: ENV }, orders(2))) as Record<string, unknown>[]
  const distinct = (key: string): number => new Set(reports.map((report) => report[key])).size
  expect(['int', 'bytes', 'key', 'control'].map(distinct)).toEqual([1, 1, 1, 2])
})
