/**
 * One call of everything, as plain data: what a child process does whose built-in objects were tampered with. Nothing
 * here leans on what is tampered with: no iterators, no methods of arrays, no inherited properties.
 */
import { sha512 } from '@noble/hashes/sha2.js'

const { apply } = Reflect
const { join } = Array.prototype
const { toString: inBase } = Number.prototype
const { create } = Object

function hex(bytes, from = 0) {
  let text = ''
  for (let i = from; i < bytes.length; i++) text += (bytes[i] < 16 ? '0' : '') + apply(inBase, bytes[i], [16])
  return text
}

const text = (items) => apply(join, items, [','])

/** Calls, and says what came out: the value, or the error's name and message. */
function outcome(call) {
  try {
    return { value: call() }
  } catch (error) {
    return { error: `${error?.name}: ${error?.message}` }
  }
}

/** All that is a function of a seed: the same in every process. */
const seededCalls = ({ seeded, HmacDrbg }) => {
  const of = (draw) => () => draw(seeded('tour'))
  const drbg = (options) => {
    const bytes = (length, value) => {
      const out = new Uint8Array(length)
      for (let i = 0; i < length; i++) out[i] = value
      return out
    }
    const generator = new HmacDrbg({
      ...options,
      entropy: bytes(32, 1),
      nonce: bytes(16, 2),
      personalization: bytes(5, 3),
    })
    generator.reseed(bytes(32, 4), bytes(3, 5))
    return hex(generator.generate(40, { additionalInput: bytes(7, 6), entropy: bytes(32, 7) }))
  }
  return {
    call: of((g) => hex(g(40))),
    bytes: of((g) => hex(g.bytes(1500))),
    fill: of((g) => hex(g.fill(new Uint8Array(300)))),
    fillView: of((g) => text(g.fill(new Float64Array(2)))),
    int: of((g) => g.int(1, 7)),
    ints: of((g) => text(g.ints(20, 6))),
    ints2: of((g) => text(g.ints(20, 1000))),
    ints8: of((g) => text(g.ints(20, 2 ** 40))),
    bigint: of((g) => `${g.bigint(10n ** 30n)}`),
    float: of((g) => g.float()),
    boolean: of((g) => g.boolean()),
    bits: of((g) => `${g.bits(100)}`),
    choice: of((g) => g.choice(['red', 'green', 'blue'])),
    shuffle: of((g) => text(g.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))),
    sample: of((g) => text(g.sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4))),
    uuid: of((g) => g.uuid()),
    string: of((g) => g.string(21)),
    alphabet: of((g) => g.string(8, 'abc\u{1f600}')),
    spawn: of((g) => hex(g.spawn(2)[1](16))),
    seedOfBytes: () => hex(seeded(new Uint8Array(4))(16)),
    drbg: () => drbg({}),
    drbg512: () => drbg({ hash: sha512 }),
  }
}

/** What nobody can foretell, drawn twice: how it looks is known. */
const liveCalls = ({ random, createRandom }) => {
  const draws = {
    call: (g) => hex(g(40)),
    long: (g) => hex(g(70000), 69960),
    fill: (g) => hex(g.fill(new Uint8Array(300))),
    ints: (g) => text(g.ints(40, 2 ** 20)),
    bits: (g) => `${g.bits(100)}`,
    shuffle: (g) => {
      const items = []
      for (let i = 0; i < 100; i++) items[i] = i
      return text(g.shuffle(items))
    },
    uuid: (g) => g.uuid(),
    uuidv7: (g) => g.uuidv7(),
    string: (g) => g.string(21),
    reseeded: (g) => {
      g.reseed(new Uint8Array(5))
      return hex(g(16))
    },
  }
  const calls = {}
  const makers = [
    ['random', () => random],
    ['createRandom', () => createRandom()],
    [
      'options',
      () => createRandom({ personalization: new Uint8Array(4), maxAge: 60000, onFork: 'throw', hash: sha512 }),
    ],
    ['hmac', () => createRandom({ expand: 'hmac', entropy: (length) => new Uint8Array(length) })],
  ]
  for (let i = 0; i < makers.length; i++) {
    for (const name in draws) {
      if (!Object.hasOwn(draws, name)) continue
      const draw = draws[name]
      calls[`${makers[i][0]}.${name}`] = () => {
        const generator = makers[i][1]()
        const first = draw(generator)
        return [first, draw(generator)]
      }
    }
  }
  return calls
}

/** Hooks and resources. */
const lifecycleCalls = ({ atfork, postfork, prefork, forkLocal, healing }) => ({
  hooks: () => {
    let events = ''
    const unregister = postfork((event) => {
      events += event.kind
    })
    atfork(new Uint8Array(8))
    unregister()
    atfork()
    return events
  },
  local: () => {
    let made = 0
    const local = forkLocal(() => ++made, { dispose: () => {} })
    const first = local.get()
    atfork()
    return `${first} ${local.get()} ${local.drop()}`
  },
  prefork: () => {
    const unregister = prefork(() => {}, { timeout: 5 })
    unregister()
    return typeof unregister
  },
  healing: () => healing().uuidCache,
})

/** Refusals: what is wrong is called wrong. */
const wrongCalls = ({ random, createRandom, seeded, HmacDrbg, atfork, postfork, forkLocal }) => ({
  bytes: () => random('16'),
  int: () => random.int(0),
  choice: () => random.choice([]),
  alphabet: () => random.string(3, 'aa'),
  maxAge: () => createRandom({ maxAge: -1 }),
  expand: () => createRandom({ expand: 'x' }),
  seed: () => seeded(5),
  drbg: () => new HmacDrbg({}),
  atfork: () => atfork('x'),
  postfork: () => postfork(() => {}, { timeout: 0 }),
  forkLocal: () => forkLocal(() => {}, { dispose: 5 }),
})

/** Does all of it. */
export function tour(api) {
  const groups = {
    seeded: seededCalls(api),
    live: liveCalls(api),
    lifecycle: lifecycleCalls(api),
    wrong: wrongCalls(api),
  }
  const results = create(null)
  for (const group in groups) {
    if (!Object.hasOwn(groups, group)) continue
    const into = create(null)
    for (const name in groups[group]) if (Object.hasOwn(groups[group], name)) into[name] = outcome(groups[group][name])
    results[group] = into
  }
  return results
}
