/** Functions that an application has put in the place of Node's: their caches are not emptied, and that is said. */
import { expect, test } from 'vitest'
import { runNode } from '../support/node-child.ts'

test.each([
  ['randomUUID', 'uuidCache', "() => '00000000-0000-4000-8000-000000000000'"],
  ['randomInt', 'intCache', '() => 4'],
])('crypto.%s', async (name, cache, stub) => {
  const program = (replace: string): string => `
    import crypto from 'node:crypto'
    import { atfork, healing, postfork } from 'atfork'
    let hooks = 0
    postfork(() => hooks++)
    ${replace}
    atfork()
    report([healing().${cache}, hooks])`
  expect(await runNode(program(''))).toEqual(['emptied', 1])
  const replaced = await runNode(program(`crypto.${name} = ${stub}`))
  expect(replaced).toEqual([`not emptied: crypto.${name} is not Node's own function`, 1])
})

test('one that throws keeps no hook from running', async () => {
  const program = `
    import crypto from 'node:crypto'
    import { atfork, postfork } from 'atfork'
    let hooks = 0
    postfork(() => hooks++)
    for (const name of ['randomUUID', 'randomInt', 'randomFill']) crypto[name] = () => { throw new Error('a stub') }
    atfork()
    atfork()
    report(hooks)`
  expect(await runNode(program)).toBe(2)
})
