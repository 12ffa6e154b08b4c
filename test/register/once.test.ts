/** However often the guards are installed, each function is guarded once; and taking them away leaves nothing. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { runNode } from '../support/node-child.ts'
import { preload, REGISTER, secondCopy } from '../support/preload.ts'

const KERNEL_READS = fileURLToPath(new URL('../support/kernel-reads.cjs', import.meta.url))
const URL_OF = JSON.stringify(pathToFileURL(REGISTER).href)

/** In each child: all that can be guarded, called once, and how often `random` drew for that. */
const DRAWS = `
  import crypto from 'node:crypto'
  const promised = (call) => new Promise((done, fail) => call((error, value) => (error ? fail(error) : done(value))))
  const calls = {
    randomBytes: () => crypto.randomBytes(16),
    'randomBytes(callback)': () => promised((done) => crypto.randomBytes(16, done)),
    pseudoRandomBytes: () => crypto.pseudoRandomBytes(16),
    prng: () => crypto.prng(16),
    rng: () => crypto.rng(16),
    randomFillSync: () => crypto.randomFillSync(new Uint8Array(16)),
    'randomFill(callback)': () => promised((done) => crypto.randomFill(new Uint8Array(16), done)),
    randomInt: () => crypto.randomInt(2 ** 40),
    'randomInt(callback)': () => promised((done) => crypto.randomInt(2 ** 40, done)),
    randomUUID: () => crypto.randomUUID(),
    ...(crypto.randomUUIDv7 && { randomUUIDv7: () => crypto.randomUUIDv7() }),
    getRandomValues: () => crypto.getRandomValues(new Uint8Array(16)),
    'webcrypto.getRandomValues': () => globalThis.crypto.getRandomValues(new Uint8Array(16)),
    'webcrypto.randomUUID': () => globalThis.crypto.randomUUID(),
  }
  const draws = async (calls) => {
    const drawn = {}
    for (const [name, call] of Object.entries(calls)) {
      await call() // whatever is done once
      const before = kernelReads.count
      for (let i = 0; i < 8; i++) await call()
      drawn[name] = (kernelReads.count - before) / 8
    }
    return drawn
  }
  const mathDraws = () => draws({ 'Math.random': () => Math.random() })`

const all = (drawn: unknown): number[] => [...new Set(Object.values(drawn as Record<string, number>))]

test('one draw for each call: loaded by require, by import, twice, by two copies of the package, register() again', async () => {
  await inFolder(async (folder) => {
    const copy = secondCopy(folder)
    const code = `${DRAWS}
      const guard = crypto.randomBytes
      const { register } = await import(${URL_OF})
      const second = await import(${JSON.stringify(pathToFileURL(copy).href)})
      await import(${URL_OF} + '?again')
      register()
      second.register()
      report([guard === crypto.randomBytes, register === second.register, await draws(calls), await mathDraws()])`
    const flags = [...preload(KERNEL_READS), '--import', pathToFileURL(REGISTER).href, '--require', copy]
    const [same, sameModule, drawn, math] = (await runNode(code, { flags })) as unknown[]
    expect([same, sameModule, all(drawn), all(math)]).toEqual([true, false, [1], [0]])

    // Controls: without a preload nothing is drawn, and what is guarded twice draws twice.
    const plain = ['--require', KERNEL_READS]
    expect(all(await runNode(`${DRAWS}\nreport(await draws(calls))`, { flags: plain }))).toEqual([0])
    const twice = `${DRAWS}
      await import(${URL_OF})
      delete globalThis[Symbol.for('atfork:register:1')]
      const { register } = await import(${JSON.stringify(pathToFileURL(copy).href)})
      report(await draws({ randomBytes: calls.randomBytes }))`
    expect(await runNode(twice, { flags: plain })).toEqual({ randomBytes: 2 })
  })
})

test('Math.random is guarded if asked for, once', async () => {
  const flags = preload(KERNEL_READS)
  const asked = `${DRAWS}
    const original = Math.random
    const { register, unregister } = await import(${URL_OF})
    register({ mathRandom: true })
    register({ mathRandom: true })
    register()
    report([await mathDraws(), (unregister(), Math.random === original)])`
  expect(await runNode(asked, { flags })).toEqual([{ 'Math.random': 1 }, true])
  const drawn = (value: string): Promise<unknown> =>
    runNode(`${DRAWS}\nreport(await mathDraws())`, { flags, env: { ATFORK_MATH_RANDOM: value } })
  expect(await drawn('1')).toEqual({ 'Math.random': 1 })
  expect(await drawn('0')).toEqual({ 'Math.random': 0 })
})

test('bad options throw and change nothing', async () => {
  const code = `
    import crypto from 'node:crypto'
    const { register, unregister } = await import(${URL_OF})
    unregister()
    const { randomBytes } = crypto
    const failures = []
    for (const options of [null, 1, 'x', [], new Uint8Array(1), { mathRandom: 1 }, { mathRandom: null }])
      try { register(options) } catch ({ name, message }) { failures.push(name + ': ' + message) }
    report([failures, crypto.randomBytes === randomBytes])`
  const object = (got: string): string => `TypeError: "options" expected an object, got ${got}`
  const boolean = (got: string): string => `TypeError: "mathRandom" expected a boolean, got ${got}`
  const kinds = ['null', '1', 'a string of length 1', 'an array', 'a view of 1 bytes']
  expect(await runNode(code)).toEqual([[...kinds.map(object), boolean('1'), boolean('null')], true])
})

/** All properties of what is guarded, to compare descriptor by descriptor. */
const PROPERTIES = `
  import crypto from 'node:crypto'
  const holders = [crypto, Object.getPrototypeOf(crypto.webcrypto), Math]
  const properties = () => holders.map((holder) => Object.getOwnPropertyDescriptors(holder))
  const FIELDS = ['value', 'get', 'set', 'writable', 'enumerable', 'configurable']
  const differences = (before, now) => before.flatMap((all, at) =>
    [...new Set([...Reflect.ownKeys(all), ...Reflect.ownKeys(now[at])])]
      .filter((key) => FIELDS.some((field) => all[key]?.[field] !== now[at][key]?.[field])).map(String))`

test('unregister() leaves the very properties that were there, whenever the old names were read', async () => {
  const code = `${PROPERTIES}
    const OLD = ['prng', 'rng', 'pseudoRandomBytes']
    const pristine = OLD.map((key) => Object.getOwnPropertyDescriptor(crypto, key))
    const { register, unregister } = await import(${URL_OF})
    unregister()
    const found = { rounds: 0, guarded: new Set(), left: new Set() }
    // For each old name: never read, read before, read while guarded, or both.
    for (let round = 0; round < 4 ** OLD.length; round++) {
      OLD.forEach((key, i) => Object.defineProperty(crypto, key, pristine[i]))
      const when = (i) => Math.floor(round / 4 ** i) % 4
      OLD.forEach((key, i) => (when(i) & 1) && crypto[key])
      const before = properties()
      register({ mathRandom: true })
      OLD.forEach((key, i) => (when(i) & 2) && crypto[key])
      found.guarded.add(differences(before, properties()).sort().join())
      unregister()
      for (const key of differences(before, properties())) found.left.add(key)
      if (OLD.some((key) => crypto[key] !== crypto.randomBytes)) found.left.add('another function')
      found.rounds++
    }
    report([found.rounds, [...found.guarded], [...found.left]])`
  const [rounds, guarded, left] = (await runNode(code)) as [number, string[], string[]]
  expect([rounds, left]).toEqual([64, []])
  expect(guarded).toHaveLength(1) // the control: while it was on, each of these was another
  expect(guarded[0]?.split(',')).toEqual(
    expect.arrayContaining([
      'getRandomValues',
      'prng',
      'pseudoRandomBytes',
      'random',
      'randomBytes',
      'randomUUID',
      'rng',
    ]),
  )
})

test('a guard that somebody kept does nothing after unregister(); after register() it mixes again', async () => {
  const code = `${DRAWS}
    import { randomBytes as imported } from 'node:crypto'
    const guard = crypto.randomBytes
    const { randomInt, randomUUID } = crypto
    const getRandomValues = crypto.webcrypto.getRandomValues.bind(crypto.webcrypto)
    const kept = {
      guard: () => guard(16), imported: () => imported(16), randomInt: () => randomInt(6),
      randomUUID: () => randomUUID(), getRandomValues: () => getRandomValues(new Uint8Array(16)),
    }
    const { register, unregister } = await import(${URL_OF})
    const seen = [await draws(kept)]
    unregister()
    unregister()
    seen.push(await draws(kept), await draws(calls), guard === crypto.randomBytes, imported === crypto.randomBytes)
    register()
    seen.push(await draws(kept), await draws(calls), imported === crypto.randomBytes)
    report(seen)`
  const seen = (await runNode(code, { flags: preload(KERNEL_READS) })) as unknown[]
  expect(seen.map((found) => (typeof found === 'boolean' ? found : all(found)))).toEqual([
    [1],
    ...[[0], [0], false, true],
    ...[[1], [1], true],
  ])
})

test('what somebody has put around a guard stays', async () => {
  const code = `${DRAWS}
    const { unregister } = await import(${URL_OF})
    const wrapped = ['randomBytes', 'prng', 'rng', 'randomUUID']
    crypto.prng // read under the guard; rng was not
    const wrappers = wrapped.map((key) => {
      const inner = key === 'rng' ? crypto.randomBytes : crypto[key]
      return (crypto[key] = (...args) => inner(...args))
    })
    const names = { randomBytes: calls.randomBytes, prng: calls.prng, rng: calls.rng, randomUUID: calls.randomUUID }
    const before = await draws(names)
    unregister()
    report([before, wrapped.map((key, i) => crypto[key] === wrappers[i]), await draws(names), crypto.randomBytes(5).length])`
  const [before, same, after, length] = (await runNode(code, { flags: preload(KERNEL_READS) })) as unknown[]
  expect([all(before), same, all(after), length]).toEqual([[1], [true, true, true, true], [0], 5])
})

test('unregister() of one copy of the package takes away the guards of the other', async () => {
  await inFolder(async (folder) => {
    const code = `
      import crypto from 'node:crypto'
      const { randomBytes } = crypto
      await import(${URL_OF})
      const guard = crypto.randomBytes
      const { unregister } = await import(${JSON.stringify(pathToFileURL(secondCopy(folder)).href)})
      const same = guard === crypto.randomBytes
      unregister()
      report([guard !== randomBytes, same, crypto.randomBytes === randomBytes])`
    expect(await runNode(code)).toEqual([true, true, true])
  })
})

test('what somebody has frozen before is told of and left alone, the rest is guarded', async () => {
  const code = `${DRAWS}
    const warnings = []
    process.on('warning', ({ message, code, detail }) => warnings.push([message, code, detail]))
    Object.defineProperty(crypto, 'randomInt', { configurable: false })
    const { unregister } = await import(${URL_OF})
    await new Promise((resolve) => setTimeout(resolve))
    const { randomInt, randomBytes } = calls
    const drawn = await draws({ randomInt, randomBytes })
    unregister()
    report([warnings, drawn, await draws({ randomInt, randomBytes })])`
  const answer = await runNode(code, { flags: ['--no-warnings', '--require', KERNEL_READS] })
  const detail = 'Load it before what freezes that.'
  expect(answer).toEqual([
    [['randomInt is frozen, and so atfork/register does not guard it', 'ATFORK_NOT_GUARDED', detail]],
    { randomInt: 0, randomBytes: 1 },
    { randomInt: 0, randomBytes: 0 },
  ])
})

test('what is no function under a name that is guarded is left alone', async () => {
  const code = `${PROPERTIES}
    const odd = {
      randomInt: { value: 5 },
      prng: { get: () => 7 },
      rng: { set() {} },
    }
    for (const [key, descriptor] of Object.entries(odd)) Object.defineProperty(crypto, key, { ...descriptor, configurable: true })
    delete crypto.pseudoRandomBytes
    const before = properties()
    const { randomBytes } = crypto
    const { unregister } = await import(${URL_OF})
    const values = Object.keys(odd).map((key) => crypto[key] ?? null)
    const guarded = crypto.randomBytes !== randomBytes
    unregister()
    report([values, guarded, 'pseudoRandomBytes' in crypto, differences(before, properties())])`
  expect(await runNode(code, { env: { ATFORK_HEAL: 'caches' } })).toEqual([[5, 7, null], true, false, []])
})

test('a runtime that does not hand out its modules: nothing is guarded, nothing fails', async () => {
  const code = `
    import crypto from 'node:crypto'
    const { randomBytes } = crypto
    process.getBuiltinModule = undefined
    const { register, unregister } = await import(${URL_OF})
    register()
    const same = crypto.randomBytes === randomBytes
    unregister()
    report([same, crypto.randomBytes(5).length])`
  expect(await runNode(code)).toEqual([true, 5])
})
