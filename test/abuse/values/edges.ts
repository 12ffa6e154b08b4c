/** What does not fit in a table of arguments: who is called, error classes, and what changes in the midst of a call. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  atfork,
  createRandom,
  DrbgError,
  EntropyError,
  ForkError,
  HmacDrbg,
  HookError,
  random,
  seeded,
} from '../../../src/index.ts'
import { seed } from './cases.ts'
import { outcomeOf } from './oracle.ts'
import { anything } from './values.ts'

/** All methods and getters of an object that are functions of `this`. */
function methods(of: object): [name: string, method: (...args: unknown[]) => unknown][] {
  const found: [string, (...args: unknown[]) => unknown][] = []
  for (let at = Object.getPrototypeOf(of); at !== Function.prototype && at !== null; at = Object.getPrototypeOf(at))
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (name !== 'constructor' && at !== Object.prototype) found.push([name, (value ?? get) as never])
  return found
}

/** Good arguments of the methods that have any. */
const GOOD: { [name: string]: unknown[] } = {
  bytes: [3],
  fill: [new Uint8Array(3)],
  int: [6],
  ints: [3, 6],
  bigint: [6n],
  bits: [3],
  choice: [[1]],
  shuffle: [[1, 2]],
  sample: [[1, 2], 1],
  string: [3],
  spawn: [1],
  generate: [3],
}

test('methods called on anything else: TypeError', () => {
  const drbg = new HmacDrbg({ entropy: new Uint8Array(32), nonce: new Uint8Array(16) })
  const all = [random, seeded('this'), drbg].flatMap((of) =>
    methods(of).map(([name, method]) => ({ of, name, method })),
  )
  expect(all.length).toBeGreaterThan(30)
  for (const { of, name, method } of all)
    if (name !== 'stream' && name !== 'wipe')
      expect('value' in outcomeOf(() => Reflect.apply(method, of, GOOD[name] ?? [new Uint8Array(32)])), name).toBe(true)
  fc.assert(
    fc.property(anything, ({ make }) => {
      const { value } = make(() => undefined)
      for (const { name, method } of all) {
        if (name === 'stream') continue // it draws later
        const outcome = outcomeOf(() => Reflect.apply(method, value, GOOD[name] ?? [new Uint8Array(32)]))
        expect((outcome as { error?: unknown }).error, name).toBeInstanceOf(TypeError)
      }
    }),
    { seed },
  )
})

test('not constructors, and no calls of classes', () => {
  for (const call of [
    () => Reflect.construct(random, [3]),
    () => Reflect.apply(HmacDrbg as never, undefined, [{}]),
    () => Reflect.apply(EntropyError as never, undefined, ['ERR_ENTROPY_SOURCE_MISSING', 'gone']),
  ])
    expect(call).toThrow(TypeError)
})

test('error classes: errors with a name and a stable code', () => {
  for (const [error, name, code] of [
    [
      new EntropyError('ERR_ENTROPY_SOURCE_MISSING', 'gone', { cause: 5 }),
      'EntropyError',
      'ERR_ENTROPY_SOURCE_MISSING',
    ],
    [new DrbgError('ERR_DRBG_WIPED', 'gone'), 'DrbgError', 'ERR_DRBG_WIPED'],
    [new ForkError('gone'), 'ForkError', 'ERR_FORKED'],
    [new HookError('gone'), 'HookError', 'ERR_HOOK_TIMEOUT'],
  ] as const) {
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.message]).toEqual([name, code, 'gone'])
    expect(Object.prototype.toString.call(error)).toBe('[object Error]')
  }
})

test('a frozen generator draws', () => {
  expect(Object.freeze(createRandom())(16)).toHaveLength(16)
})

/** A generator that runs the code when it refills, which it is made to do at its next draw. */
function refilling(code: () => void): ReturnType<typeof createRandom> {
  let armed = false
  const generator = createRandom({
    entropy: (length) => {
      if (armed) code()
      armed = false
      return new Uint8Array(length)
    },
  })
  generator(1)
  atfork()
  armed = true
  return generator
}

test.each([8, 300, 70_000])(
  'a view of %i bytes that goes away while it is filled: an error, and nothing is written',
  (length) => {
    const view = new Uint8Array(length)
    const detaching = refilling(() => structuredClone(view.buffer, { transfer: [view.buffer] }))
    expect(() => detaching.fill(view)).toThrow(TypeError)
    expect(detaching(16)).toHaveLength(16)

    const buffer = new ArrayBuffer(length + 8, { maxByteLength: length + 8 })
    const shrinking = refilling(() => buffer.resize(8))
    expect(() => shrinking.fill(new Uint8Array(buffer, 4))).toThrow(/./)
    expect(new Uint8Array(buffer)).toEqual(new Uint8Array(8))
    expect(shrinking(16)).toHaveLength(16)
  },
)

test('extra bytes that go away while they are taken in: an error, and the next draw is right', () => {
  const extra = new Uint8Array(64)
  const generator = refilling(() => structuredClone(extra.buffer, { transfer: [extra.buffer] }))
  expect(() => generator.reseed(extra)).toThrow(TypeError)
  expect(generator(16)).toHaveLength(16)
})

test('an array that shrinks as its length is read: no more is drawn than there was', () => {
  const items = new Proxy([1, 2, 3], {
    get(target, name) {
      if (name !== 'length') return Reflect.get(target, name)
      const { length } = target
      target.length = 0
      return length
    },
  })
  expect(random.sample(items, 3)).toEqual([undefined, undefined, undefined])
})

test('stream().read(size) of anything: bytes, nothing, or an error', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async ({ make }) => {
      const stream = random.stream()
      const failed = new Promise((resolve) => stream.on('error', resolve).on('close', resolve))
      const size = make(() => undefined).value
      const read = (): unknown => stream.read(size as never)
      if (size !== undefined && typeof size !== 'number') expect(read).toThrow(/^"size" expected a number, got /)
      else expect(read()).toSatisfy((given) => given === null || Buffer.isBuffer(given))
      stream.destroy()
      await failed
    }),
    { seed, numRuns: 50 },
  )
})
