/** State cannot be reached from outside: what can be printed, copied, sent or walked to is the same for every state. */
import { inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createRandom, HmacDrbg, random, seeded } from '../../src/index.ts'
import { runNode } from '../support/node-child.ts'

const drbg = (): HmacDrbg => {
  const made = new HmacDrbg({ entropy: random(32), nonce: random(16) })
  made.generate(40)
  return made
}
const generator = (): ReturnType<typeof createRandom> => {
  const made = createRandom({ personalization: random(8), maxAge: 1000 })
  made(40)
  return made
}
const stream = (): ReturnType<typeof seeded> => {
  const made = seeded(random(8))
  made(40)
  return made
}
/** The control: its state stands in a field that everybody sees. */
class Open {
  readonly pool: Uint8Array<ArrayBuffer> = random(16)
}
const SUBJECTS: [name: string, make: () => object][] = [
  ['HmacDrbg', drbg],
  ['createRandom', generator],
  ['seeded', stream],
]

const failure = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return error
  }
}
const ALL = { showHidden: true, showProxy: true, depth: Infinity, getters: true, maxArrayLength: Infinity }
const show = (value: unknown): string => inspect(value, ALL)
const viaPort = (value: unknown): unknown => {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value)
    return receiveMessageOnPort(port2)
  } finally {
    port1.close()
  }
}
/** Ways out. What throws shows its error. */
const WAYS: [name: string, show: (value: object) => unknown][] = [
  ['util.inspect', show],
  ['util.inspect without custom functions', (value) => inspect(value, { ...ALL, customInspect: false })],
  ['util.inspect of a proxy on it', (value) => show(new Proxy(value, {}))],
  ['JSON.stringify', (value) => JSON.stringify(value)],
  ['structuredClone', (value) => show(failure(() => structuredClone(value)))],
  ['v8.serialize', (value) => show(failure(() => deserialize(serialize(value))))],
  ['postMessage', (value) => show(failure(() => viaPort(value)))],
  ['String', (value) => String(value)],
  ['a copy of its properties', (value) => show(Object.assign({}, value))],
]

describe.each(WAYS)('%s', (_way, out) => {
  test.each(SUBJECTS)('%s shows nothing of its state', (_name, make) => {
    const [one, two] = [make(), make()].map(out)
    expect(one).toBe(two)
  })
})

test('control: a state in a public field shows in all of these ways but String', () => {
  const [one, two] = [new Open(), new Open()] as const
  expect(WAYS.filter(([, out]) => out(one) === out(two)).map(([name]) => name)).toEqual(['String'])
})

test('errors and their stack traces show nothing of it', () => {
  const thrown = (make: () => object): string[] => {
    const subject = make() as HmacDrbg & ReturnType<typeof createRandom>
    const calls = [
      () => subject.generate(-1),
      () => subject.reseed(new Uint8Array(1)),
      () => subject.reseed('' as unknown as Uint8Array),
      () => subject.int(0),
      () => subject.fill([] as never),
      () => HmacDrbg.prototype.generate.call({} as HmacDrbg, 1),
      () => subject.wipe(),
      () => subject.generate(1),
    ]
    return calls.map((call) => show(failure(call)))
  }
  for (const [, make] of SUBJECTS) {
    const [one, two] = [make, make].map(thrown)
    expect(one).toEqual(two)
    expect(one?.filter((text) => /expected|wiped/.test(text)).length).toBeGreaterThan(1)
  }
})

/** Every buffer that can be walked to: by names and symbols, enumerable or not, getters, prototypes, maps and sets. */
function reachableBuffers(start: object): object[] {
  const seen = new Set<unknown>([globalThis, process, Function.prototype, Object.prototype])
  const found: object[] = []
  const queue: unknown[] = [start]
  while (queue.length > 0) {
    const value = queue.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    seen.add(value)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      found.push(value)
      continue
    }
    if (value instanceof Map || value instanceof Set) queue.push(...value.keys(), ...value.values())
    queue.push(Object.getPrototypeOf(value))
    for (const key of Reflect.ownKeys(value)) queue.push(failure(() => Reflect.get(value, key)))
  }
  return found
}

test.each(SUBJECTS)('%s: no buffer can be walked to', (_name, make) => {
  expect(reachableBuffers(make())).toEqual([])
})

test('control: a public buffer can be', () => {
  expect(reachableBuffers(new Open())).toHaveLength(1)
})

test('what all copies of the package share in an isolate does not change with what is drawn', () => {
  const record = (globalThis as unknown as Record<symbol, object>)[Symbol.for('atfork:1')] as object
  random(1)
  const tables = (): string[] => reachableBuffers(record).map((buffer) => inspect(buffer, ALL))
  const before = tables()
  expect(before.length).toBeGreaterThan(0)
  random(1000)
  random.int(6)
  random.reseed()
  drbg()
  expect(tables()).toEqual(before)
})

test('who is called back sees nothing of the caller: no receiver, no function', async () => {
  const seen = (await runNode(`
    import { createRandom } from 'atfork'
    Error.prepareStackTrace = (_error, sites) => sites
    // Not strict, and strict functions are where V8 ends telling: so nothing but the package's own strictness hides it.
    const look = new Function(\`return new Error().stack.map((site) => ({
      ours: site.getFileName()?.endsWith('dist/index.js') ?? false,
      hidden: site.getThis() === undefined && site.getFunction() === undefined,
    }))\`)
    let ours, caller
    const entropy = new Function('look', 'keep', 'return function entropy(length) { keep(entropy.caller, look()); return new Uint8Array(length) }')
    createRandom({ entropy: entropy(look, (...told) => { [caller, ours] = told }) })(1)
    // The control: a function that is not strict shows both.
    const control = new Function('look', 'return look()').call({ secret: 1 }, look)
    report({ ours: ours.filter((site) => site.ours), caller, control: control.some((site) => !site.hidden) })`)) as {
    ours: { hidden: boolean }[]
    caller: unknown
    control: boolean
  }
  expect(seen.ours.length).toBeGreaterThan(3)
  expect(seen.ours.filter(({ hidden }) => !hidden)).toEqual([])
  expect(seen.caller).toBe(null)
  expect(seen.control).toBe(true)
})
