/** The package as it is published: a new project can import, type-check, bundle and snapshot it. What is in it: hygiene/. */
import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPacked, ROOT, runIn } from './support/packed.ts'

const run = promisify(execFile)
let folder = ''
beforeAll(async () => {
  folder = await installPacked()
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('publint finds nothing', async () => {
  expect((await publint({ pkgDir: ROOT, strict: true, pack: false })).messages).toEqual([])
})

test('can be imported, and the command runs', async () => {
  const code = `import { random, HmacDrbg } from 'atfork'
    import nacl from 'tweetnacl'
    import 'atfork/tweetnacl'
    console.log(random(16).length, random.entropySource, typeof HmacDrbg, nacl.randomBytes(7).length)`
  expect(await runIn(folder, 'import.mjs', code)).toMatch(/^16 (kernel|platform) function 7\n$/)
  const { stdout } = await run(process.execPath, ['node_modules/.bin/atfork', '--version'], { cwd: folder })
  expect(stdout).toBe('0.1.0\n')
})

test('its types fit a consumer, and refuse what is wrong', async () => {
  writeFileSync(
    join(folder, 'consumer.ts'),
    `import { atfork, createRandom, HmacDrbg, random, seeded } from 'atfork'
    import { install } from 'atfork/tweetnacl'
    export const n: number = random.int(6)
    export const bytes: Uint8Array = random(16)
    export const colour: 'red' | 'blue' = random.choice(['red', 'blue'] as const)
    export const words: Uint32Array = random.fill(new Uint32Array(3))
    export const id: string = createRandom({ maxAge: 10, onFork: 'throw' }).uuid()
    export const children: number[] = seeded('x').spawn(2).map((child) => child.int(3))
    export const out: Uint8Array = new HmacDrbg({ entropy: bytes, nonce: bytes }).generate(3, { entropy: bytes })
    atfork(bytes)
    install({ setPRNG() {} })
    // @ts-expect-error: a string is no bound
    random.int('6')
    // @ts-expect-error: no such option
    createRandom({ maxage: 10 })
    // @ts-expect-error: not reproducible
    seeded('x').uuidv7()`,
  )
  const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022']
  const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, '--types', 'node']
  await run(process.execPath, [...tsc, '--typeRoots', join(ROOT, 'node_modules/@types'), 'consumer.ts'], {
    cwd: folder,
  })
})

test('bundled to one CommonJS file, a snapshot of it starts distinct copies', async () => {
  writeFileSync(
    join(folder, 'entry.mjs'),
    `import { randomUUID } from 'node:crypto'
    import { random, seeded } from 'atfork'
    import v8 from 'node:v8'
    const control = seeded('control')
    random.uuid()
    randomUUID()
    v8.startupSnapshot.setDeserializeMainFunction(() => console.log(random.uuid(), randomUUID(), control.uuid()))`,
  )
  const bundle = await rolldown({ input: join(folder, 'entry.mjs'), platform: 'node', cwd: folder })
  await bundle.write({ file: join(folder, 'bundle.cjs'), format: 'cjs', codeSplitting: false })
  await bundle.close()
  const node = (...args: string[]) => run(process.execPath, ['--snapshot-blob', 'app.blob', ...args], { cwd: folder })
  expect((await node('--build-snapshot', 'bundle.cjs')).stderr).toBe('')
  const copies = await Promise.all([node(), node(), node()])
  expect(copies.map(({ stderr }) => stderr)).toEqual(['', '', ''])
  const [ours, healed, control] = [0, 1, 2].map((i) => new Set(copies.map(({ stdout }) => stdout.trim().split(' ')[i])))
  expect(ours?.size, 'random.uuid').toBe(3)
  expect(healed?.size, 'crypto.randomUUID').toBe(3)
  expect(control?.size, 'the control').toBe(1)
})
