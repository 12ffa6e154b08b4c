/** No hook keeps another from running, and what fails is told: by atfork(), by ready(), or by the process that ends. */
import { expect, test } from 'vitest'
import { inChild, inForks, requireFork } from '../support/children.ts'
import { runNode } from '../support/node-child.ts'

/** Hooks that fail at once and later, between others. */
const HOOKS = `
  import { atfork, postfork, random, ready } from 'atfork'
  const ran = []
  const told = async (promise) => await promise.then(() => 'nothing', describe)
  const describe = ({ name, message, errors }) =>
    ({ name, message, errors: errors.map((error) => [error?.name, error?.code, error?.message ?? error]) })
  const attempt = (action) => { try { action() } catch (error) { return describe(error) } }
  const fail = (text) => { throw new RangeError(text) }
  /** What another thread has published is noticed in the next draw. */
  const published = async () => {
    const { Worker } = await import('node:worker_threads')
    const code = \`import('atfork').then(({ atfork }) => atfork())\`
    await new Promise((resolve) => new Worker(code, { eval: true }).on('exit', resolve))
  }`

test('at once: out of atfork() in one AggregateError, and the others have run', async () => {
  const answer = await runNode(`${HOOKS}
    postfork(() => ran.push('first'))
    postfork(function one() { fail('no. 1') })
    postfork(() => ran.push('second'))
    postfork(() => { throw 'a string' })
    postfork(() => { throw undefined })
    postfork(async () => { await undefined; ran.push('third') })
    const thrown = attempt(() => atfork())
    report({ thrown, later: await told(ready()), ran })`)
  expect(answer).toEqual({
    thrown: {
      name: 'AggregateError',
      message: expect.stringMatching(/^3 hook\(s\) failed: one: no\. 1; .*: a string; .*: undefined: see errors$/),
      errors: [
        ['RangeError', null, 'no. 1'],
        [null, null, 'a string'],
        [null, null, null],
      ],
    },
    later: 'nothing',
    ran: ['first', 'second', 'third'],
  })
})

test('what has no message is told by what it has', async () => {
  const answer = await runNode(`${HOOKS}
    const thrown = [
      { message: 'of no Error' },
      null,
      7,
      new Error(''),
      new TypeError(''),
      new AggregateError([new Error('connect ECONNREFUSED'), new Error('no. 2')]),
      new AggregateError([new Error('no. 1')], 'its own'),
      new AggregateError([]),
      new AggregateError([undefined]),
    ]
    for (const error of thrown) postfork(function a() { throw error })
    report(attempt(() => atfork()).message)`)
  const object = 'it threw an object that is no Error'
  const expected = [object, object, '7', 'Error', 'TypeError', 'connect ECONNREFUSED', 'its own']
  const told = [...expected, 'AggregateError', 'AggregateError'].map((text) => `a: ${text}`)
  expect(answer).toBe(`9 hook(s) failed: ${told.join('; ')}: see errors`)
})

test('later: from each ready() until the next copy, all of them, though the slowest did not fail', async () => {
  const answer = await runNode(`${HOOKS}
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    let failing = true
    postfork(async () => { await sleep(50); ran.push('slow') })
    postfork(async () => { await undefined; if (failing) fail('no. 1') })
    postfork(async () => { await sleep(20); if (failing) fail('no. 2') })
    const thrown = attempt(() => atfork()) ?? 'nothing'
    const done = [await told(ready()), await told(ready())]
    failing = false
    atfork()
    report({ thrown, done, next: await told(ready()), ran })`)
  const failed = {
    name: 'AggregateError',
    message: expect.stringMatching(/^2 hook\(s\) failed/),
    errors: [
      ['RangeError', null, 'no. 1'],
      ['RangeError', null, 'no. 2'],
    ],
  }
  expect(answer).toEqual({ thrown: 'nothing', done: [failed, failed], next: 'nothing', ran: ['slow', 'slow'] })
})

test('whatever `await` would wait for is waited for: an object or a function with then', async () => {
  const answer = await runNode(`${HOOKS}
    const then = (_, reject) => setTimeout(() => reject(new RangeError('late')), 20)
    postfork(function object() { return { then } })
    postfork(function callable() { return Object.assign(() => {}, { then }) })
    postfork(function neither() { return Object.assign(() => {}, { then: 7 }) })
    atfork()
    report((await told(ready())).message)`)
  expect(answer).toBe('2 hook(s) failed: object: late; callable: late: see errors')
})

test('in a child, where each hook runs as it is registered: all from ready(), fast ones while a slow one is awaited', async () => {
  const answer = await inChild(
    'process',
    `const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    lib.postfork(async () => { await sleep(100) })
    lib.postfork(async () => { await sleep(20); throw new Error('late') })
    lib.postfork(() => { throw new Error('at once') })
    return await lib.ready().then(() => 'nothing', ({ errors }) => errors.map(({ message }) => message))`,
  )
  expect(answer).toEqual(['late', 'at once'])
})

test('ready() waits for a hook that is not done, and for none that has not run', async () => {
  const code = `
    let done = 'not begun'
    lib.postfork(async () => { done = 'begun'; await new Promise((resolve) => setTimeout(resolve, 50)); done = 'done' })
    await lib.ready()
    return done`
  expect(await inChild('thread', code)).toBe('done')
  expect(await inChild('plain', code)).toBe('not begun')
})

/** How a process ended, of which runNode expected that it ends well. */
const ended = async (code: string): Promise<{ code: number; stderr: string }> => {
  const outcome = await runNode(code).catch((error: unknown) => error)
  if (!(outcome instanceof Error) || !('stderr' in outcome)) throw new Error(`expected it to fail, got ${outcome}`)
  return outcome as Error & { code: number; stderr: string }
}

test.each([
  ['later', 'postfork(async function reconnect() { fail("no database") })\natfork()'],
  ['noticed in a draw', 'await published()\npostfork(function reconnect() { fail("no database") })\nrandom(16)'],
])('%s and nobody asks: the process ends as of any unhandled rejection', async (_, code) => {
  const { code: exit, stderr } = await ended(`${HOOKS}\n${code}\nsetTimeout(() => report('went on'), 200)`)
  expect(exit).toBe(1)
  expect(stderr).toContain('AggregateError: 1 hook(s) failed: reconnect: no database: see errors')
  expect(stderr).toContain('RangeError: no database')
  const handled = "process.on('unhandledRejection', ({ message }) => report(message))"
  expect(await runNode(`${HOOKS}\n${handled}\n${code}`)).toBe('1 hook(s) failed: reconnect: no database: see errors')
  const asked = `${HOOKS}\n${code}\nreport((await told(ready())).errors.length)`
  expect(await runNode(asked), 'the control: somebody asks').toBe(1)
})

test('a draw that notices a copy neither runs a hook nor throws what one throws: ready() does', async () => {
  const answer = await runNode(`${HOOKS}
    random(16)
    await published()
    postfork(() => { ran.push('hook'); fail('not in the draw') })
    const drawn = [random(16).length, random.uuid().length, random.int(1)]
    const within = [...ran]
    report({ drawn, within, told: await told(ready()), ran })`)
  const told = { errors: [['RangeError', null, 'not in the draw']] }
  expect(answer).toMatchObject({ drawn: [16, 36, 0], within: [], told, ran: ['hook'] })
})

test('the same in a copy made by fork(2)', async (ctx) => {
  await requireFork(ctx)
  const { parent, copies } = await inForks(
    `lib.random(16)
    lib.postfork(() => { throw new Error('not in the draw') })`,
    `const drawn = lib.random(100_000).length // more than a pool holds: a refill looks
    return { drawn, told: await lib.ready().then(() => 'nothing', ({ errors }) => errors.map(({ message }) => message)) }`,
  )
  expect(copies).toEqual([1, 2].map(() => ({ drawn: 100_000, told: ['not in the draw'] })))
  expect(parent).toEqual({ drawn: 100_000, told: 'nothing' })
})

test('a hook that takes too long is told by its name, in time or never; a fake clock changes nothing', async () => {
  const answer = await runNode(`${HOOKS}
    const { setTimeout: real } = globalThis
    const sleep = (ms) => new Promise((resolve) => real(resolve, ms))
    globalThis.setTimeout = () => { throw new Error('a fake clock') }
    postfork(async () => { await sleep(30); ran.push('in time') }, { timeout: 2 ** 31 - 1 }) // whose timer must not keep the process
    postfork(function connects() { return new Promise(() => {}) }, { timeout: 10 })
    postfork(async function fails() { await sleep(40); fail('later, which nobody hears') }, { timeout: 10 })
    postfork(() => new Promise(() => {}), { timeout: 10 })
    atfork()
    const error = await told(ready())
    await sleep(100)
    report({ error, ran })`)
  const late = (name: string): unknown => [
    'HookError',
    'ERR_HOOK_TIMEOUT',
    `the hook ${name} was not done after 10 ms: let it finish sooner, or give it a longer "timeout"`,
  ]
  expect(answer).toMatchObject({
    error: { errors: [late('connects'), late('fails'), late('a function without a name')] },
    ran: ['in time'],
  })
})
