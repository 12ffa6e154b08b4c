/** A resource for each process and thread: made when it is asked for, dropped in a copy. */
import { expect, test, vi } from 'vitest'
import { forkLocal } from '../../src/lifecycle/fork-local.ts'
import { publishEvent } from '../../src/lifecycle/record.ts'
import { inChild, inForks, inSnapshots, requireFork } from '../support/children.ts'
import { runNode } from '../support/node-child.ts'

/** Counts what is made, and shows which are the same. */
const MAKE = `
  let made = 0
  const create = () => ({ id: ++made })`

test('it is created by the first get(), and again after atfork() or drop(), but not before it is asked for', async () => {
  const answer = await inChild(
    'plain',
    `${MAKE}
    const disposed = []
    const local = lib.forkLocal(create)
    const other = lib.forkLocal(create, { dispose: ({ id }) => { disposed.push(id) } })
    const log = [['made', made], local.get().id, local.get().id, other.get().id]
    lib.atfork()
    log.push(['made', made], ['disposed', ...disposed], local.get().id, local.get().id, other.get().id)
    lib.atfork()
    lib.atfork()
    log.push(['made', made], ['disposed', ...disposed])
    log.push(local.drop() ?? 'none', other.get().id, other.drop().id, other.drop() ?? 'none')
    lib.atfork()
    log.push(['disposed', ...disposed], other.get().id)
    return log`,
  )
  const first = [['made', 0], 1, 1, 2]
  const second = [['made', 2], ['disposed', 2], 3, 3, 4]
  const third = [['made', 4], ['disposed', 2, 4], 'none', 5, 5, 'none']
  expect(answer).toEqual([...first, ...second, ...third, ['disposed', 2, 4], 6])
})

/** A value with all that a copy must not call, unless it is told to. */
const INHERITED = `
  const called = []
  const goodbye = (name) => function () { called.push(name) }
  const create = () => ({
    pid: process.pid, close: goodbye('close'), end: goodbye('end'), destroy: goodbye('destroy'), dispose: goodbye('dispose'),
    [Symbol.dispose]: goodbye('Symbol.dispose'), [Symbol.asyncDispose]: goodbye('Symbol.asyncDispose'),
  })
  const plain = lib.forkLocal(create)
  const values = { plain: plain.get() }
  const disposed = []
  const withDispose = lib.forkLocal(create, { dispose: (...args) => { disposed.push(args) } })
  values.withDispose = withDispose.get()
  return { plain, withDispose, values, called, disposed }`
const LOOK = `
  const { plain, withDispose, values, called, disposed } = kept
  const fresh = plain.get() !== values.plain
  await lib.ready()
  lib.random(100_000)
  await lib.ready()
  const again = [plain.get() !== values.plain, withDispose.get() !== values.withDispose]
  return { fresh, again, called, disposed: disposed.map((args) => [args.length, args[0] === values.withDispose]) }`

const COPY = { fresh: true, again: [true, true], called: [], disposed: [[1, true]] }

test('in a process started from a snapshot the inherited value is dropped; dispose has it once, and nothing else is called', async () => {
  expect(await inSnapshots(INHERITED, LOOK)).toEqual([COPY, COPY])
})

test('the same in a copy made by fork(2), which get() notices; the parent keeps its value', async (ctx) => {
  await requireFork(ctx)
  const { parent, copies } = await inForks(INHERITED, LOOK)
  expect(copies).toEqual([COPY, COPY])
  expect(parent).toEqual({ fresh: false, again: [false, false], called: [], disposed: [] })
})

test.each(['thread', 'cluster', 'process'] as const)('a %s makes its own, once', async (kind) => {
  const code = `${MAKE}
    const local = lib.forkLocal(create, { dispose: () => { made = -1000 } })
    const before = made
    local.get()
    await lib.ready()
    lib.random(100_000)
    return [before, local.get().id, made]`
  expect(await inChild(kind, code)).toEqual([0, 1, 1])
})

test('an atfork() in one thread drops the values of the others', async () => {
  const answer = await runNode(`
    import { Worker } from 'node:worker_threads'
    import { forkLocal, ready } from 'atfork'
    ${MAKE}
    const disposed = []
    const local = forkLocal(create, { dispose: ({ id }) => { disposed.push(id) } })
    const inThread = async (code) => {
      const program = \`import('atfork').then(({ atfork, forkLocal }) => { \${code} })\`
      await new Promise((resolve) => new Worker(program, { eval: true }).on('exit', resolve))
    }
    local.get()
    await inThread('forkLocal(() => 1).get()')
    const ids = [local.get().id]
    await inThread('atfork()')
    ids.push(local.get().id)
    await ready()
    report({ ids, disposed })`)
  expect(answer).toEqual({ ids: [1, 2], disposed: [1] })
})

test('in postfork hooks, before and after its own turn, get() gives the copy one new value', async () => {
  const answer = await inChild(
    'plain',
    `${MAKE}
    const seen = []
    const disposed = []
    lib.postfork(() => seen.push(local.get().id))
    const local = lib.forkLocal(create, { dispose: ({ id }) => { disposed.push(id) } })
    local.get()
    lib.postfork(() => seen.push(local.get().id))
    lib.atfork()
    seen.push(local.get().id)
    lib.atfork()
    return { seen, disposed, made }`,
  )
  expect(answer).toEqual({ seen: [2, 2, 2, 3, 3], disposed: [1, 2], made: 3 })
})

test('what create throws, get() throws, and the next get() tries again', async () => {
  const answer = await inChild(
    'plain',
    `let tries = 0
    const local = lib.forkLocal(() => { if (++tries % 2 === 1) throw new RangeError('try ' + tries); return tries })
    const attempt = () => { try { return local.get() } catch (error) { return String(error) } }
    const log = [attempt(), local.drop() ?? 'none', attempt(), attempt()]
    lib.atfork()
    return [...log, attempt(), attempt(), attempt()]`,
  )
  expect(answer).toEqual(['RangeError: try 1', 'none', 2, 2, 'RangeError: try 3', 4, 4])
})

test('a promise that is rejected is forgotten, and its hook; the value that has replaced it stays', async () => {
  const answer = await inChild(
    'plain',
    `const { postfork } = globalThis[Symbol.for('atfork:1')]
    const rejects = []
    const local = lib.forkLocal(() => new Promise((_, reject) => rejects.push(reject)))
    const fail = async (promise, text) => {
      rejects.shift()(new Error(text))
      return await promise.catch(({ message }) => message)
    }
    const first = local.get()
    const log = [['kept until then', local.get() === first, postfork.length]]
    log.push([await fail(first, 'no. 1'), postfork.length])
    const second = local.get()
    log.push(['another', second !== first, postfork.length])
    lib.atfork()
    const third = local.get()
    log.push([await fail(second, 'no. 2'), local.get() === third, postfork.length])
    return log`,
  )
  expect(answer).toEqual([
    ['kept until then', true, 1],
    ['no. 1', 0],
    ['another', true, 1],
    ['no. 2', true, 1],
  ])
})

test('a value may be anything, undefined too', async () => {
  const code = `
    let made = 0
    const local = lib.forkLocal(() => { made++ })
    local.get()
    local.get()
    lib.atfork()
    local.get()
    return made`
  expect(await inChild('plain', code)).toBe(2)
})

test('a dispose that fails is told as of any hook, with its name; the value is dropped all the same', async () => {
  const answer = await inChild(
    'plain',
    `${MAKE}
    let log = []
    const atOnce = lib.forkLocal(create, { dispose: () => { throw new Error('at once') } })
    const later = lib.forkLocal(create, { dispose: async () => { await undefined; throw new Error('later') } })
    atOnce.get()
    later.get()
    try { lib.atfork() } catch ({ message }) { log.push(message) }
    log.push(await lib.ready().then(() => 'nothing', ({ errors }) => errors[0].message))
    log.push(atOnce.get().id, later.get().id)
    return log`,
  )
  expect(answer).toEqual(['1 hook(s) failed: dispose of forkLocal(create): at once: see errors', 'later', 3, 4])
})

test('nor does it come out of the get() that notices the copy', async (ctx) => {
  await requireFork(ctx)
  const { parent, copies } = await inForks(
    `${MAKE}
    const atOnce = lib.forkLocal(create, { dispose: () => { throw new Error('at once') } })
    const later = lib.forkLocal(create, { dispose: async () => { await undefined; throw new Error('later') } })
    atOnce.get()
    later.get()
    return { atOnce, later }`,
    `const ids = [kept.atOnce.get().id, kept.later.get().id, kept.atOnce.get().id]
    const told = await lib.ready().then(() => [], ({ errors }) => errors.map(({ message }) => message))
    return { ids, told: told.sort() }`,
  )
  expect(copies).toEqual([1, 2].map(() => ({ ids: [3, 4, 3], told: ['at once', 'later'] })))
  expect(parent).toEqual({ ids: [1, 2, 1], told: [] })
})

test('one that was never used, or was dropped, is held by nobody; nor is an inherited value', async () => {
  const answer = await runNode(
    `import { atfork, forkLocal } from 'atfork'
    const refs = {}
    const ref = (name, value) => { refs[name] = new WeakRef(value); return value }
    const make = (name) => forkLocal(ref(name + ' create', () => ref(name + ' value', {})))
    const kept = make('kept')
    ;(() => {
      kept.get()
      make('unused')
      const dropped = make('dropped')
      dropped.get()
      dropped.drop()
      make('inherited').get()
    })()
    atfork()
    ;(() => { make('used').get() })()
    await new Promise((resolve) => setTimeout(resolve))
    gc()
    report(Object.keys(refs).filter((name) => refs[name].deref() !== undefined))
    kept.get()`,
    { flags: ['--expose-gc'] },
  )
  expect(answer, 'the controls are in use').toEqual(['kept create', 'used create', 'used value'])
})

test.each([
  ['forkLocal()', /^"create" expected a function, got /],
  ['forkLocal({})', /^"create" expected a function, got /],
  ['forkLocal(create, 7)', /^"options" expected an object, got /],
  ['forkLocal(create, { dispose: 7 })', /^"dispose" expected a function, got /],
])('%s is refused', async (call, message) => {
  const { forkLocal } = await import('../../src/index.ts')
  const attempt = new Function('forkLocal', 'create', call)
  expect(() => attempt(forkLocal, () => 1)).toThrow(TypeError)
  expect(() => attempt(forkLocal, () => 1)).toThrow(message)
})

test('drop() in a copy that has just been noticed leaves the inherited value to dispose', async () => {
  const dispose = vi.fn()
  const numbers = forkLocal(() => 7, { dispose })
  expect(numbers.get()).toBe(7)
  publishEvent('clone') // as another thread does
  expect(numbers.drop()).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve))
  expect(dispose.mock.calls).toEqual([[7]])
})
