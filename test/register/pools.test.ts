/** What libraries have drawn ahead is no longer shared after a copy; and nothing else that random bytes were put in changes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { blocks } from '../support/blocks.ts'
import { inFolder } from '../support/clone.ts'
import { runNode } from '../support/node-child.ts'
import { preload } from '../support/preload.ts'
import { slow } from '../support/slow.ts'
import { withSnapshot } from '../support/snapshot.ts'

/** Prepares: nanoid's pool, and buffers of the application's own, of which none may change. */
const OWN = `
  const web = nodeCrypto.webcrypto
  const own = {
    key: web.getRandomValues(new Uint8Array(32)),
    'a large key': web.getRandomValues(new Uint8Array(4096)),
    'filled in place': nodeCrypto.randomFillSync(Buffer.alloc(4096)),
    'by node:crypto': nodeCrypto.getRandomValues(new Uint8Array(4096)),
    bytes: nodeCrypto.randomBytes(4096),
    'filled by the application': new Uint8Array(4096).fill(7),
  }`

/** nanoid's whole pool: `random` returns a view on it. What comes after it is handed out next. */
const POOL = `
  const held = ((view) => new Uint8Array(view.buffer, view.byteOffset, 21 * 127))(nanoidBytes(21))
  const hex = (bytes) => Buffer.from(bytes).toString('hex')`

const AFTER_ATFORK = `
  import nodeCrypto from 'node:crypto'
  import { atfork, healing } from 'atfork'
  import { customRandom, random as nanoidBytes } from 'nanoid'
  ${OWN}
  // Made in a callback that nanoid calls.
  customRandom('ab', 4, (size) => {
    own['in a callback'] ??= nodeCrypto.randomFillSync(new Uint8Array(4096))
    return new Uint8Array(size)
  })()
  ${POOL}
  const contents = () => Object.entries(own).map(([name, bytes]) => [name, hex(bytes)])
  const before = contents()
  const pool = hex(held)
  atfork()
  report({ pool, now: hex(held), same: JSON.stringify(before) === JSON.stringify(contents()), healed: healing().libraryPools })`

/** Without OpenSSL: node:ffi prints a warning, and has no part in this. */
const env = { ATFORK_HEAL: 'caches' }

interface Atforked {
  pool: string
  now: string
  same: boolean
  healed: string
}

/** How many blocks of the pool are still there. */
function kept({ pool, now }: Atforked): number {
  const left = new Set(blocks(Buffer.from(now, 'hex')))
  return blocks(Buffer.from(pool, 'hex')).filter((block) => left.has(block)).length
}

test("after an atfork() nanoid's pool is another, and buffers of the application's own are what they were", async () => {
  const guarded = (await runNode(AFTER_ATFORK, { flags: preload(), env })) as Atforked
  expect([kept(guarded), guarded.same, guarded.healed]).toEqual([0, true, 'remixed'])
  // Controls: without the guards, and with healing switched off.
  const plain = (await runNode(AFTER_ATFORK, { env })) as Atforked
  expect([kept(plain), plain.same, plain.healed]).toEqual([Math.floor((21 * 127) / 8), true, 'not guarded'])
  const off = (await runNode(AFTER_ATFORK, { flags: preload(), env: { ATFORK_HEAL: 'off' } })) as Atforked
  expect([kept(off), off.healed]).toEqual([Math.floor((21 * 127) / 8), 'not remixed: switched off by ATFORK_HEAL=off'])
})

test('the same for nanoid in a bundle: by the name of its function, which a minified bundle loses', async () => {
  await inFolder(async (folder) => {
    const input = join(folder, 'entry.mjs')
    writeFileSync(
      input,
      `export { customRandom, random } from ${JSON.stringify(import.meta.resolve('nanoid').slice('file://'.length))}`,
    )
    const remixed = async (name: string, output: { minify?: boolean; keepNames?: boolean }): Promise<boolean> => {
      const file = join(folder, `${name}.mjs`)
      const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' })
      await bundle.write({ file, format: 'esm', ...output })
      await bundle.close()
      const code = AFTER_ATFORK.replace("'nanoid'", JSON.stringify(`file://${file}`))
      const seen = (await runNode(code, { flags: preload(), env })) as Atforked
      expect(seen.same).toBe(true)
      return kept(seen) === 0
    }
    expect(await remixed('plain', {})).toBe(true)
    expect(await remixed('minified', { minify: true }), 'documented in docs/register.md').toBe(false)
    expect(await remixed('named', { minify: true, keepNames: true })).toBe(true)
  })
})

const SNAPSHOT = `
  import nodeCrypto from 'node:crypto'
  import fs from 'node:fs'
  import v8 from 'node:v8'
  import { nanoid } from 'nanoid'
  import { v4 } from 'uuid'
  ${OWN}
  const hex = (bytes) => Buffer.from(bytes).toString('hex')
  const draw = () => Array.from({ length: 40 }, () => ({
    nanoid: nanoid(), uuid: v4(), int: nodeCrypto.randomInt(2 ** 48 - 1),
  }))
  const print = () => fs.writeSync(1, JSON.stringify({ drawn: draw(), own: Object.values(own).map(hex) }))
  print()
  v8.startupSnapshot.setDeserializeMainFunction(print)`

type Drawn = Record<'nanoid' | 'uuid' | 'int', unknown>

/** Of the builder and three copies: how many values of each kind were drawn before, and whether the buffers are the same. */
const inCopies = (
  code: string,
  output: { minify?: boolean; keepNames?: boolean } = {},
): Promise<Record<string, unknown>> =>
  withSnapshot(
    code,
    async (built, start) => {
      const outputs = [built, ...(await Promise.all([start(), start(), start()]))]
      const members = outputs.map(({ stdout, stderr }) => {
        expect(stderr).toBe('')
        return JSON.parse(stdout) as { drawn: Drawn[]; own: string[] }
      })
      const rows = members.flatMap(({ drawn }) => drawn)
      expect(rows).toHaveLength(160)
      const repeats = (name: keyof Drawn): number => rows.length - new Set(rows.map((row) => row[name])).size
      return {
        nanoid: repeats('nanoid'),
        uuid: repeats('uuid'),
        int: repeats('int'),
        own: new Set(members.map(({ own }) => own.join())).size,
      }
    },
    { output },
  )

test('copies of a V8 snapshot that has the guards in it share nothing of nanoid, uuid and randomInt', async () => {
  const guarded = `import 'atfork/register'\n${SNAPSHOT}`
  expect(await inCopies(guarded)).toEqual({ nanoid: 0, uuid: 0, int: 0, own: 1 })
  // The control: stock Node. Each copy goes on in the builder's pools.
  expect(await inCopies(SNAPSHOT)).toEqual({ nanoid: 80, uuid: 80, int: 80, own: 1 })
})

test('minified, the snapshot needs the names of functions for nanoid, and for nothing else', async (ctx) => {
  slow(ctx)
  const guarded = `import 'atfork/register'\n${SNAPSHOT}`
  const named = { nanoid: 0, uuid: 0, int: 0, own: 1 }
  expect(await inCopies(guarded, { minify: true }), 'documented in docs/register.md').toEqual({ ...named, nanoid: 80 })
  expect(await inCopies(guarded, { minify: true, keepNames: true })).toEqual(named)
})
