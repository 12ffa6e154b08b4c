/** What is returned under the guard is no weaker than either part: Node's own value, and what `random` adds. */

import crypto from 'node:crypto'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import * as guards from '../../src/register/guards.ts'
import { mixBytes, mixFloat, mixInteger, mixUuid, setMixing } from '../../src/register/mix.ts'
import { repeatedBlocks } from '../support/blocks.ts'
import { runNode } from '../support/node-child.ts'
import { preload } from '../support/preload.ts'
import { checkFit, tally } from '../support/statistics.ts'

/** What `random` gives in this file: byte, integer, float. A constant, where each test says so. */
const fresh = vi.hoisted(() => ({ byte: 0, integer: 0, float: 0, within: () => {} }))
vi.mock('atfork', () => ({
  random: Object.assign((length: number) => new Uint8Array(length).fill(fresh.byte), {
    fill(bytes: Uint8Array) {
      bytes.fill(fresh.byte)
      fresh.within()
    },
    int: () => fresh.integer,
    float: () => fresh.float,
  }),
}))
const ZERO = { byte: 0, integer: 0, float: 0, within: () => {} }

beforeAll(() => setMixing(true))
afterEach(() => void Object.assign(fresh, ZERO))

const TOP = 2 ** 48 - 1
/** The greatest float below 1, in steps of 2^-53. */
const LAST = 1 - 2 ** -53

test('mixInteger is the sum modulo the range: for each fresh integer a bijection of the values', () => {
  for (const min of [-5, 0, 3])
    for (let range = 1; range <= 12; range++)
      for (fresh.integer = 0; fresh.integer < range; fresh.integer++) {
        const sums = Array.from({ length: range }, (_, value) => mixInteger(min + value, min, range) - min)
        expect(sums).toEqual(Array.from({ length: range }, (_, value) => (value + fresh.integer) % range))
      }
})

test('mixInteger at the edges: exact, and never outside of the range', () => {
  const MAX = Number.MAX_SAFE_INTEGER
  const edge = (range: number): fc.Arbitrary<number> =>
    fc.oneof(fc.integer({ min: 0, max: range - 1 }), fc.constantFrom(0, range - 1, Math.floor(range / 2)))
  const sums = fc
    .constantFrom(1, 2, 1000, TOP)
    .chain((range) =>
      fc.tuple(fc.constant(range), edge(range), edge(range), fc.constantFrom(-MAX, -TOP, -1, 0, MAX - range)),
    )
  fc.assert(
    fc.property(sums, ([range, offset, add, min]) => {
      fresh.integer = add
      const expected = BigInt(min) + ((BigInt(offset) + BigInt(add)) % BigInt(range))
      expect(BigInt(mixInteger(min + offset, min, range))).toBe(expected)
    }),
  )
})

test('mixFloat is the sum modulo 1, in whole steps of 2^-53, and never 1', () => {
  const step = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })
  const steps = fc.oneof(step, fc.constantFrom(0n, 1n, 2n ** 52n, 2n ** 53n - 1n))
  fc.assert(
    fc.property(steps, steps, (value, add) => {
      fresh.float = Number(add) * 2 ** -53
      const sum = mixFloat(Number(value) * 2 ** -53)
      expect(sum).toBe(Number((value + add) % 2n ** 53n) * 2 ** -53)
      expect(sum).toBeLessThan(1)
    }),
  )
  for (const [value, add, sum] of [
    [0, 0, 0],
    [0, LAST, LAST],
    [LAST, 0, LAST],
    [LAST, 2 ** -53, 0],
    [LAST, LAST, 1 - 2 ** -52],
  ] as const) {
    fresh.float = add
    expect(mixFloat(value)).toBe(sum)
  }
})

test('mixUuid changes every random bit, and neither version, variant nor the time of version 7', () => {
  fresh.byte = 0xff
  expect(mixUuid('00000000-0000-4000-8000-000000000000')).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
  expect(mixUuid('01890a5d-ac96-774b-bcce-b302099a8057')).toBe('01890a5d-ac96-78b4-8331-4cfdf6657fa8')
  // Whatever is added.
  for (const digit of '0123456789abcdef') {
    fresh.byte = Number.parseInt(digit + digit, 16)
    const variant = '89ab'[fresh.byte & 3]
    const expected = `00000000-0000-4000-${variant}000-000000000000`.replace(/0/g, digit)
    expect(mixUuid('00000000-0000-4000-8000-000000000000')).toBe(expected)
  }
})

test('mixBytes reaches every byte, in steps', () => {
  fresh.byte = 0x5a
  for (const length of [0, 1, 4095, 4096, 4097, 10_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i)
    mixBytes(bytes)
    expect(
      Buffer.compare(
        bytes,
        Uint8Array.from({ length }, (_, i) => (i & 0xff) ^ 0x5a),
      ),
    ).toBe(0)
  }
})

test('with a `random` that gives zeros, what is returned is what Node gave', async () => {
  const returned: unknown[] = []
  const keep =
    (original: guards.Fn): guards.Fn =>
    (...args) => {
      const value = Reflect.apply(original, crypto, args)
      returned.push(Buffer.isBuffer(value) ? Buffer.from(value) : value)
      return value
    }
  const { randomBytes, randomInt, randomUUID } = crypto
  const seen = [
    guards.guardRandomBytes(keep(randomBytes))(5000),
    guards.guardRandomInt(keep(randomInt as guards.Fn))(-10, TOP - 10),
    guards.guardRandomUuid(keep(randomUUID))(),
    guards.guardMathRandom(keep(Math.random))(),
  ]
  expect(seen).toEqual(returned)
  // With a callback, and in place: Node's part is in the result, or it would be constant here.
  const called = await new Promise<Buffer>((done) => {
    guards.guardRandomBytes(randomBytes)(64, (_: unknown, bytes: Buffer) => done(bytes))
  })
  const web = crypto.webcrypto
  const getRandomValues = guards.guardGetRandomValues(web.getRandomValues.bind(web) as guards.Fn)
  const filled = guards.guardRandomFillSync(crypto.randomFillSync as guards.Fn)(new Uint8Array(64))
  expect(repeatedBlocks([called, getRandomValues(new Uint8Array(64)), filled, new Uint8Array(8)])).toBe(0)
})

const CONSTANT = fileURLToPath(new URL('../support/constant-crypto.cjs', import.meta.url))
const KERNEL_READS = fileURLToPath(new URL('../support/kernel-reads.cjs', import.meta.url))

/** In each child: many values of each function. Bytes as hex, of which a buffer is one string. */
const VALUES = `
  import crypto from 'node:crypto'
  const promised = (call) => new Promise((done, fail) => call((error, value) => (error ? fail(error) : done(value))))
  const times = (count, draw) => Promise.all(Array.from({ length: count }, draw))
  const hex = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  const web = crypto.webcrypto
  report({
    bytes: (await times(2, async () => [
      crypto.randomBytes(8192), await promised((done) => crypto.randomBytes(8192, done)),
      crypto.randomFillSync(Buffer.alloc(8192)), await promised((done) => crypto.randomFill(Buffer.alloc(8192), done)),
      crypto.getRandomValues(new Uint8Array(8192)), web.getRandomValues(new Uint32Array(2048)),
    ].map(hex))).flat(),
    uuids: (await times(500, () => [crypto.randomUUID(), web.randomUUID()])).flat(),
    uuids7: crypto.randomUUIDv7 ? await times(500, () => crypto.randomUUIDv7()) : [],
    ints: await times(1000, () => crypto.randomInt(10)),
    called: await times(1000, () => promised((done) => crypto.randomInt(-5, 5, done))),
    floats: await times(1000, () => Math.random()),
  })`

interface Values {
  bytes: string[]
  uuids: string[]
  uuids7: string[]
  ints: number[]
  called: number[]
  floats: number[]
}

/** Throws unless all of it is uniform and distinct. */
function checkUniform({ bytes, uuids, uuids7, ints, called, floats }: Values): void {
  const blobs = bytes.map((text) => Buffer.from(text, 'hex'))
  expect(repeatedBlocks(blobs)).toBe(0)
  for (const blob of blobs) checkFit(tally(256, blob))
  for (const ids of [uuids, uuids7]) expect(new Set(ids).size).toBe(ids.length)
  // The 30 digits of version 4 that hold neither version nor variant.
  const digits = uuids.map((id) => id.replaceAll('-', '').replace(/^(.{12}).(.{3}).(.{15})$/, '$1$2$3'))
  checkFit(
    tally(
      16,
      [...digits.join('')].map((digit) => Number.parseInt(digit, 16)),
    ),
  )
  checkFit(tally(10, ints))
  checkFit(
    tally(
      10,
      called.map((value) => value + 5),
    ),
  )
  expect(new Set(floats).size).toBe(floats.length)
  checkFit(
    tally(
      10,
      floats.map((value) => Math.floor(value * 10)),
    ),
  )
}

test('where Node returns constants, the guard returns uniform and distinct values', async () => {
  const env = { ATFORK_MATH_RANDOM: '1' }
  checkUniform((await runNode(VALUES, { flags: preload(CONSTANT), env })) as Values)
  // Control: without the guard each is constant, and the check says so.
  const control = (await runNode(VALUES, { flags: ['--require', CONSTANT] })) as Values
  for (const [name, values] of Object.entries(control)) {
    const kinds = name === 'bytes' ? 2 : Math.min(1, values.length) // zeros, and sevens
    expect(new Set(values).size, name).toBe(kinds)
  }
  expect(() => checkUniform(control)).toThrow()
})

const MIXED = `
  import { randomInt } from 'node:crypto'
  const TOP = 2 ** 48 - 1
  const values = []
  await new Promise((done) => {
    let left = 3000
    const take = (_, value) => (values.push(value), --left === 0 && done())
    for (let i = 0; i < 3000; i++) randomInt(TOP, take)
    for (let i = 0; i < 2000; i++) values.push(randomInt(TOP))
  })
  report([values.length, values.length - new Set(values).size])`

test('randomInt with and without a callback: Node repeats within one process, under the guard nothing does', async () => {
  const [count, repeats] = (await runNode(MIXED)) as [number, number]
  expect(count).toBe(5000)
  expect(repeats, 'stock Node: if it stopped, say so in docs/audit.md and docs/register.md').toBeGreaterThan(100)
  // By chance 2^-25: 5,000 values of 48 bits.
  expect(await runNode(MIXED, { flags: preload() })).toEqual([5000, 0])
})

test('where the kernel gives nothing, a guarded call fails: thrown, or through the callback without a value', async () => {
  const code = `
    import crypto from 'node:crypto'
    const called = (call) => new Promise((done) => call((...args) => done(args)))
    const thrown = (call) => { try { return ['returned', call()] } catch (error) { return [error] } }
    const web = crypto.webcrypto
    const sync = [
      () => crypto.randomBytes(16), () => crypto.prng(16), () => crypto.randomBytes(5000),
      () => crypto.randomFillSync(new Uint8Array(16)), () => crypto.randomInt(6), () => crypto.randomInt(-6, 6),
      () => crypto.randomUUID(), () => crypto.getRandomValues(new Uint8Array(16)),
      () => web.getRandomValues(new Uint8Array(16)), () => web.randomUUID(), () => Math.random(),
    ]
    const late = [
      (done) => crypto.randomBytes(16, done), (done) => crypto.randomInt(6, done),
      (done) => crypto.randomInt(-6, 6, done), (done) => crypto.randomFill(new Uint8Array(16), done),
      (done) => crypto.randomFill(new Uint8Array(16), 3, done), (done) => crypto.randomFill(new Uint8Array(16), 3, 4, done),
    ]
    const outcomes = async () => [...sync.map(thrown), ...(await Promise.all(late.map(called)))]
      .map(([first, ...rest]) => [first?.code ?? 'fine', rest.length])
    const seen = [await outcomes()]
    kernelReads.fail = true
    seen.push(await outcomes())
    kernelReads.fail = false
    seen.push(await outcomes())
    report(seen)`
  const env = { ATFORK_MATH_RANDOM: '1' }
  const [before, failed, after] = (await runNode(code, { flags: preload(KERNEL_READS), env })) as [string, number][][]
  expect(before).toHaveLength(17)
  expect(before).toEqual(before?.map(() => ['fine', 1]))
  expect(failed).toEqual(before?.map(() => ['ERR_ENTROPY_SOURCE_UNREADABLE', 0]))
  expect(after).toEqual(before)
})

test('a draw within a draw: each has memory of its own, and what each adds is whole', () => {
  const inner = new Uint8Array(5000)
  const outer = new Uint8Array(5000)
  fresh.byte = 0x0f
  fresh.within = () => {
    fresh.within = ZERO.within
    fresh.byte = 0x35
    mixBytes(inner)
    fresh.byte = 0x0f
  }
  mixBytes(outer)
  expect([[...new Set(inner)], [...new Set(outer)]]).toEqual([[0x35], [0x0f]])
})

test('while it is off, nothing is drawn and nothing changed', () => {
  Object.assign(fresh, { byte: 1, integer: 1, float: 0.5, within: () => expect.unreachable('drew') })
  setMixing(false)
  try {
    const bytes = new Uint8Array(8)
    mixBytes(bytes)
    const uuid = '00000000-0000-4000-8000-000000000000'
    expect([mixInteger(2, 0, 6), mixFloat(0.25), mixUuid(uuid)]).toEqual([2, 0.25, uuid])
    expect([...bytes]).toEqual(Array(8).fill(0))
  } finally {
    setMixing(true)
  }
})
