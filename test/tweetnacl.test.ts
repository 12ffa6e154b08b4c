/** tweetnacl draws from this package: key pairs differ in copies that otherwise repeat. */
import { expect, test } from 'vitest'
import { runNode } from './support/node-child.ts'
import { withSnapshot } from './support/snapshot.ts'

const SUBPATH = new URL('../dist/tweetnacl.js', import.meta.url)

test('install() refuses what is not tweetnacl', async () => {
  const messages = await runNode(`
    const { install } = await import(${JSON.stringify(SUBPATH.href)})
    report([undefined, {}, 7].map((nacl) => {
      try { install(nacl) } catch (error) { return error.name + ' ' + error.message }
    }))`)
  expect(messages).toEqual(
    ['undefined', 'an object', '7'].map((got) => `TypeError "nacl" expected tweetnacl, with its setPRNG, got ${got}`),
  )
})

test('it draws from random, as many bytes as it is asked for', async () => {
  const drawn = await runNode(`
    import nacl from 'tweetnacl'
    import { random } from 'atfork'
    await import(${JSON.stringify(SUBPATH.href)})
    const asked = []
    const fill = random.fill
    random.fill = (view) => (asked.push(view.length), fill.call(random, view))
    const keys = Array.from({ length: 3 }, () => Buffer.from(nacl.box.keyPair().publicKey).toString('hex'))
    report([asked, new Set(keys).size, nacl.randomBytes(5).length, asked.at(-1)])`)
  expect(drawn).toEqual([[32, 32, 32, 5], 3, 5, 5])
})

test('key pairs made in copies of a snapshot differ; drawn from copied state they repeat', async () => {
  await withSnapshot(
    `import v8 from 'node:v8'
    import fs from 'node:fs'
    import nacl from 'tweetnacl'
    import { seeded } from 'atfork'
    import { install } from ${JSON.stringify(SUBPATH.pathname)}
    const key = () => Buffer.from(nacl.box.keyPair().publicKey).toString('hex')
    key()
    const stream = seeded('copied state')
    v8.startupSnapshot.setDeserializeMainFunction(() => {
      const ours = key()
      nacl.setPRNG((bytes, length) => bytes.set(stream(length)))
      const control = key()
      install(nacl)
      fs.writeSync(1, [ours, control, key()].join(' '))
    })`,
    async (built, start) => {
      expect(built.stderr).toBe('')
      const copies = (await Promise.all([start(), start(), start()])).map(({ stdout }) => stdout.split(' '))
      const distinct = (i: number): number => new Set(copies.map((keys) => keys[i])).size
      expect([distinct(0), distinct(1), distinct(2)]).toEqual([3, 1, 3])
    },
  )
})
