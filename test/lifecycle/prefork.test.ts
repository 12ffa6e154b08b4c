/** What runs before a planned copy. */
import { expect, test } from 'vitest'
import { inChild } from '../support/children.ts'
import { runNode } from '../support/node-child.ts'
import { withSnapshot } from '../support/snapshot.ts'

test('prefork.run() runs the hooks one after the other, the last one first, each time; atfork() runs none', async () => {
  const code = `
    const { atfork, postfork, prefork } = lib
    const ran = []
    prefork(() => ran.push('first'))
    prefork(async () => { ran.push('second begins'); await new Promise((resolve) => setTimeout(resolve, 20)); ran.push('and ends') })
    const disposed = prefork(() => ran.push('disposed'))
    const taken = prefork(() => ran.push('taken away'))
    prefork((...args) => { ran.push(args.length); taken(); taken() })
    disposed[Symbol.dispose]()
    postfork(() => {})
    atfork()
    const before = [...ran]
    const result = await prefork.run()
    await prefork.run()
    return { before, result: result === undefined, ran }`
  const once = [0, 'second begins', 'and ends', 'first']
  const expected = { before: [], result: true, ran: [...once, ...once] }
  expect(await inChild('plain', code)).toEqual(expected)
  expect(await inChild('cluster', code), 'a child, where hooks do not run as they are registered either').toEqual(
    expected,
  )
})

test('what fails comes out of prefork.run(), after all have run', async () => {
  const answer = await runNode(`
    import { prefork } from 'atfork'
    const ran = []
    prefork(() => ran.push('last'))
    prefork(function atOnce() { throw new RangeError('no. 2') })
    prefork(async function later() { throw new RangeError('no. 1') })
    report(await prefork.run().catch(({ name, message, errors }) => ({ name, message, errors: errors.map(String), ran })))`)
  expect(answer).toEqual({
    name: 'AggregateError',
    message: '2 hook(s) failed: later: no. 1; atOnce: no. 2: see errors',
    errors: ['RangeError: no. 1', 'RangeError: no. 2'],
    ran: ['last'],
  })
})

const PRELUDE = `
  import { writeSync } from 'node:fs'
  import { forkLocal, postfork, prefork, random, ready } from 'atfork'
  const { startupSnapshot } = process.getBuiltinModule('v8')
  const print = (...values) => writeSync(1, JSON.stringify(values) + '\\n')`

test('before a snapshot is written, once, the last one first; not in the copies, which run postfork hooks', async () => {
  await withSnapshot(
    `${PRELUDE}
    random(16)
    const local = forkLocal(() => ({ open: true }))
    local.get()
    let closed
    prefork(() => print('first', random(4).length)) // what it opens is closed again
    prefork(() => { closed = local.drop(); print('second') })
    postfork(async ({ kind }) => { await new Promise((resolve) => setTimeout(resolve, 5)); print(kind) }, { timeout: 10_000 })
    print('built')
    startupSnapshot.setDeserializeMainFunction(async () => {
      await ready()
      print(closed, local.get() !== closed)
    })`,
    async (built, start) => {
      expect(built).toEqual({ stderr: '', stdout: '["built"]\n["second"]\n["first",4]\n' })
      for (const copy of [await start(), await start()])
        expect(copy).toEqual({ stderr: '', stdout: '["snapshot"]\n[{"open":true},true]\n' })
    },
  )
})

/** Why no snapshot came to be. */
const buildError = async (hooks: string): Promise<{ code: number; stderr: string; stdout: string }> => {
  const failure: unknown = await withSnapshot(`${PRELUDE}\n${hooks}`, async () => 'built').catch((error) => error)
  if (!(failure instanceof Error) || !('stderr' in failure)) throw new Error(`expected no snapshot, got ${failure}`)
  return failure as Error & { code: number; stderr: string; stdout: string }
}

test.each([
  [
    'a promise',
    'prefork(async function close() {})',
    'TypeError: "prefork hook" expected to be synchronous before a snapshot, got a promise: nothing can be awaited there',
  ],
  ['an error', 'prefork(function close() { throw new RangeError("still open") })', 'RangeError: still open'],
])('a prefork hook with %s ends the build, with its name; the others have run', async (_, hook, message) => {
  const { code, stderr, stdout } = await buildError(`prefork(() => print('ran'))\n${hook}`)
  expect(code, 'Node itself goes on and ends with 0').toBe(1)
  expect(stderr).toContain(`AggregateError: 1 hook(s) failed: close: ${message.replace(/^\w+: /, '')}: see errors`)
  expect(stderr).toContain(message)
  expect(stdout).toBe('["ran"]\n')
})
