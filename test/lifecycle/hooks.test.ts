/** When postfork hooks run, in which order, what they are told, and that they can be taken away: in real processes. */
import { expect, test } from 'vitest'
import { type ChildKind, inChild, inForks, inSnapshots, requireFork } from '../support/children.ts'
import { runNode } from '../support/node-child.ts'

const REGISTER = `
  const { atfork, postfork, random } = lib
  const seen = []
  postfork((event) => seen.push(['first', event]))
  postfork((event) => seen.push(['second', event]))`
/** Who runs it, live: process.pid is the parent's in a child of fork(2). */
const IDENTITY = `
  const pid = process.platform === 'linux' ? Number(process.getBuiltinModule('fs').readlinkSync('/proc/self')) : process.pid
  const { threadId } = process.getBuiltinModule('worker_threads')`

interface Seen {
  seen: [hook: string, event: { generation: number }][]
  pid: number
  threadId: number
}

const kinds = ({ seen }: Seen): unknown[] => seen.map(([name, event]) => [name, (event as { kind?: string }).kind])

test.each<[ChildKind, object]>([
  ['cluster', { workerId: expect.any(Number) }],
  ['thread', {}],
  ['process', {}],
])('in a %s a hook runs once, at once, and again with atfork()', async (kind, more) => {
  const code = `${REGISTER}${IDENTITY}
    const atOnce = [...seen]
    await lib.ready()
    random(100_000)
    await lib.ready()
    const once = [...seen]
    seen.length = 0
    atfork()
    return { atOnce, once, pid, threadId, seen }`
  const child = (await inChild(kind, code)) as Seen & { atOnce: unknown; once: unknown }
  const { pid, threadId } = child
  const event = { kind, generation: expect.any(Number), pid, threadId, ...more }
  expect(child.atOnce).toEqual([
    ['first', event],
    ['second', event],
  ])
  expect(child.once).toEqual(child.atOnce)
  const manual = { ...event, kind: 'manual' }
  expect(child.seen).toEqual([
    ['first', manual],
    ['second', manual],
  ])
  expect(threadId > 0, 'a thread').toBe(kind === 'thread')
})

test('in a plain process a hook does not run before atfork(), and then in the order of registration', async () => {
  const plain = (await inChild(
    'plain',
    `${REGISTER}${IDENTITY}
    random(100_000)
    await lib.ready()
    const atOnce = seen.length
    atfork()
    atfork()
    return { atOnce, pid, threadId, seen }`,
  )) as Seen & { atOnce: number }
  expect(plain.atOnce).toBe(0)
  expect(kinds(plain)).toEqual(['first', 'second', 'first', 'second'].map((name) => [name, 'manual']))
  const [one, , other] = plain.seen.map(([, { generation }]) => generation)
  expect(other).toBe((one as number) + 1)
  expect(plain.seen[0]?.[1]).toEqual({ kind: 'manual', generation: one, pid: plain.pid, threadId: 0 })
})

test('each process started from a snapshot: hooks of the build run, and later ones at once; each once', async () => {
  const copies = (await inSnapshots(
    `${REGISTER}\nreturn { seen }`,
    `${IDENTITY}
    const before = kept.seen.length
    await lib.ready()
    const { length } = kept.seen
    lib.postfork((event) => kept.seen.push(['late', event]))
    const late = kept.seen.length - length
    lib.random(100_000)
    await lib.ready()
    return { before, late, pid, threadId, seen: kept.seen }`,
  )) as Seen[]
  for (const copy of copies) {
    const event = { kind: 'snapshot', generation: expect.any(Number), pid: copy.pid, threadId: 0 }
    expect(copy.seen).toEqual(['first', 'second', 'late'].map((name) => [name, event]))
    expect(copy).toMatchObject({ late: 1 })
  }
  expect(new Set(copies.map(({ pid }) => pid)).size).toBe(2)
})

const NOTICE = 'lib.random(100_000)' // more than a pool holds: a refill looks

test('each copy made by fork(2): hooks run after the draw that notices, later ones at once; each once', async (ctx) => {
  await requireFork(ctx)
  const { parent, copies } = await inForks(
    `${REGISTER}\n${NOTICE}\nreturn { seen }`,
    `${IDENTITY}
    const { seen } = kept
    ${NOTICE}
    const within = seen.length
    await lib.ready()
    const { length } = seen
    lib.postfork((event) => seen.push(['late', event]))
    const late = seen.length - length
    ${NOTICE}
    await lib.ready()
    return { within, late, pid, stale: process.pid, threadId, seen }`,
  )
  for (const copy of copies as (Seen & { stale: number })[]) {
    const event = { kind: 'fork', generation: expect.any(Number), pid: copy.pid, threadId: 0 }
    expect(copy.seen).toEqual(['first', 'second', 'late'].map((name) => [name, event]))
    expect(copy).toMatchObject({ within: 0, late: 1 })
    expect(copy.pid).not.toBe(copy.stale)
  }
  expect(parent, 'the control: nobody copied it').toMatchObject({ within: 0, late: 0, seen: [] })
})

test('hooks see remixed generators: two copies that draw in a hook share nothing', async (ctx) => {
  const hex = (name: string): string => `Buffer.from(lib.${name}).toString('hex')`
  const snapshots = (await inSnapshots(
    `const drawn = {}
    const control = lib.seeded('known')
    lib.random(16)
    lib.postfork(() => Object.assign(drawn, { bytes: ${hex('random(16)')}, id: lib.random.uuid(), control: control.uuid() }))
    return drawn`,
    'await lib.ready()\nreturn kept',
  )) as { bytes: string; id: string; control: string }[]
  expect(new Set(snapshots.flatMap(({ bytes, id }) => [bytes, id])).size).toBe(4)
  expect(new Set(snapshots.map(({ control }) => control)).size, 'the control').toBe(1)
  await requireFork(ctx)
  const { copies } = await inForks(
    `const kept = { aged: lib.createRandom({ maxAge: 2 ** 31 - 1 }) } // no fork takes so long
    kept.aged(16)
    lib.random(16)
    lib.postfork(() => Object.assign(kept, { inHook: kept.aged.uuid() }))
    return kept`,
    `const before = kept.aged.uuid()
    ${NOTICE}
    await lib.ready()
    return { before, inHook: kept.inHook }`,
  )
  const drawn = copies as { before: string; inHook: string }[]
  expect(new Set(drawn.map(({ inHook }) => inHook)).size).toBe(2)
  expect(new Set(drawn.map(({ before }) => before)).size, 'the control: the same generator before').toBe(1)
})

test('a draw never runs a hook; atfork() in one thread runs the hooks of another after its next draw', async () => {
  const answers = await runNode(`
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    import { atfork, postfork, random, ready } from 'atfork'
    const worker = new Worker(\`import('atfork').then(({ atfork, postfork }) => {
      const { parentPort } = process.getBuiltinModule('node:worker_threads')
      const events = []
      postfork((event) => events.push(event.kind))
      atfork()
      parentPort.postMessage(events)
    })\`, { eval: true })
    random(16)
    const kinds = []
    postfork(({ kind, threadId }) => kinds.push([kind, threadId]))
    const [inWorker] = await once(worker, 'message')
    const before = [...kinds]
    random(16)
    const within = [...kinds]
    await ready()
    report({ inWorker, before, within, after: kinds })`)
  expect(answers).toEqual({ inWorker: ['thread', 'manual'], before: [], within: [], after: [['manual', 0]] })
})

test('an unregistered hook does not run: twice, by using, in a hook, while its event is being delivered', async () => {
  const ran = await runNode(`
    import { atfork, postfork } from 'atfork'
    let ran = []
    const note = (name) => () => { ran.push(name) }
    const stays = postfork(note('stays'))
    const twice = postfork(note('twice'))
    const disposed = postfork(note('disposed'))
    const same = note('same')
    const [one, other] = [postfork(same), postfork(same)]
    const answers = []
    const round = () => { atfork(); answers.push(ran); ran = [] }
    round()
    const results = [twice(), twice(), disposed[Symbol.dispose](), one(), one()]
    round()
    const first = postfork(() => { ran.push('takes away'); own(); later() })
    const own = postfork(note('itself'))
    const later = postfork(note('later'))
    postfork(note('last'))
    round()
    round()
    report({ answers, results: results.every((result) => result === undefined) })`)
  expect(ran).toEqual({
    results: true,
    answers: [
      ['stays', 'twice', 'disposed', 'same', 'same'],
      ['stays', 'same'],
      ['stays', 'same', 'takes away', 'last'],
      ['stays', 'same', 'takes away', 'last'],
    ],
  })
})

test('a hook that takes itself away runs once; the next one is not left out', async () => {
  const ran = await runNode(`
    import { atfork, postfork } from 'atfork'
    const ran = []
    const own = postfork(() => { ran.push('itself'); own() })
    postfork(() => ran.push('next'))
    atfork()
    atfork()
    report(ran)`)
  expect(ran).toEqual(['itself', 'next', 'next'])
})

test('a hook registered in a hook runs from the next atfork() on; one that calls atfork() remixes, and starts none', async () => {
  const ran = await runNode(`
    import { atfork, createRandom, postfork } from 'atfork'
    const strict = createRandom({ onFork: 'throw' })
    strict(16)
    const copied = () => { try { strict(16); return false } catch { strict.reseed(); return true } }
    const ran = []
    const outer = postfork(() => {
      ran.push('outer')
      outer()
      postfork(() => {
        const before = copied()
        const between = copied()
        atfork()
        ran.push('inner', before, between, copied())
      })
      postfork(() => ran.push('last'))
    })
    atfork()
    ran.push('again')
    atfork()
    report(ran)`)
  expect(ran).toEqual(['outer', 'again', 'inner', true, false, true, 'last'])
})

test('a hook that calls atfork() in a child: as it is registered, it runs for that too, and no further', async () => {
  const code = `
    const ran = []
    lib.postfork(({ kind }) => { ran.push(kind); lib.atfork() })
    return ran`
  expect(await inChild('process', code)).toEqual(['process', 'manual'])
  expect(await inChild('plain', code)).toEqual([])
})

test('a hook registered in a hook of a child runs once, at once', async () => {
  const code = `
    const ran = []
    lib.postfork(() => { ran.push('outer'); lib.postfork(() => ran.push('inner')); ran.push('end') })
    await lib.ready()
    return ran`
  expect(await inChild('thread', code)).toEqual(['outer', 'inner', 'end'])
  expect(await inChild('plain', code)).toEqual([])
})

test('a hook is called with the event alone, and without the record of this package as its this', async () => {
  const code = `
    const calls = []
    const hook = (name) => function (...args) { calls.push([name, this === undefined, args.length]) }
    lib.postfork(hook('postfork'))
    lib.prefork(hook('prefork'))
    lib.atfork()
    await lib.prefork.run()
    return calls`
  expect(await inChild('plain', code)).toEqual([
    ['postfork', true, 1],
    ['prefork', true, 0],
  ])
})

test.each([
  ['postfork(7)', TypeError, /^"hook" expected a function, got /],
  ['postfork()', TypeError, /^"hook" expected a function, got /],
  ['postfork(hook, 7)', TypeError, /^"options" expected an object, got /],
  ['postfork(hook, { timeout: "1" })', TypeError, /^"timeout" expected a number, got /],
  ['postfork(hook, { timeout: 0 })', RangeError, /^"timeout" expected an integer from 1 to 2147483647, got /],
  ['postfork(hook, { timeout: 2 ** 31 })', RangeError, /^"timeout" expected an integer from 1 to 2147483647, got /],
  ['prefork({})', TypeError, /^"hook" expected a function, got /],
])('%s is refused and registers nothing', async (call, kind, message) => {
  const code = `
    const { prefork, postfork } = lib
    const hook = () => { throw new Error('ran') }
    let error
    try { ${call} } catch (caught) { error = [caught.constructor.name, caught.message] }
    const { postfork: { length }, prefork: hooks } = globalThis[Symbol.for('atfork:1')]
    return [error, length + hooks.length]`
  expect(await inChild('process', code)).toEqual([[kind.name, expect.stringMatching(message)], 0])
})
