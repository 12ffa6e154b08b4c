/**
 * An application that changes no line: `node --require atfork/register`, and one trigger. All copies of it differ in all
 * that they draw, and repeat without that.
 */
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { vm } from '../../src/audit/mechanisms/vm.ts'
import { buildInitramfs, findKernel } from '../../src/audit/mechanisms/vm-image.ts'
import { Machine } from '../../src/audit/mechanisms/vm-machine.ts'
import { requireCriu, restores } from '../support/checkpoint.ts'
import { inFolder, requireMechanism } from '../support/clone.ts'
import { ROOT } from '../support/packed.ts'

const COPIES = 8
const CONTROLS = 2
/** Less than what is left of each pool. */
const DRAWS = 40

/** What the application draws. A trigger is the only thing of this package that it names. */
const APPLICATION = `
import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { nanoid } from 'nanoid'
import { v4 } from 'uuid'
const SOURCES = {
  randomBytes: () => randomBytes(16).toString('hex'),
  randomUUID: () => randomUUID(),
  randomInt: () => randomInt(2 ** 48 - 1),
  getRandomValues: () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex'),
  nanoid: () => nanoid(),
  uuid: () => v4(),
  x25519: () => generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x,
}
const draw = (count) =>
  Object.fromEntries(Object.entries(SOURCES).map(([name, one]) => [name, Array.from({ length: count }, one)]))
draw(3)
const triggers = process.env.TRIGGER === '1' ? await import('atfork/triggers') : undefined
`
const NAMES = ['randomBytes', 'randomUUID', 'randomInt', 'getRandomValues', 'nanoid', 'uuid', 'x25519']
type Drawn = Record<string, unknown[]>

/** How many values of each source differ, in all copies together. */
const distinct = (copies: Drawn[]): Record<string, number> =>
  Object.fromEntries(NAMES.map((name) => [name, new Set(copies.flatMap((copy) => copy[name])).size]))
const all = (count: number): Record<string, number> => Object.fromEntries(NAMES.map((name) => [name, count]))

const REGISTER = ['--require', 'atfork/register']

test('8 restores of one checkpoint, told by a signal', { timeout: 120_000 }, async (ctx) => {
  await requireCriu(ctx)
  const code = `${APPLICATION}
    import { once } from 'node:events'
    triggers?.onSignal('SIGUSR2')
    const told = once(process, 'SIGUSR2')
    ready()
    await go()
    setInterval(() => {}, 1000) // no signal keeps a process alive
    await told
    report(draw(${DRAWS}))`
  const orders = (count: number) => new Array(count).fill({ signal: 'SIGUSR2' })
  const guarded = await restores({ code, flags: REGISTER, env: { TRIGGER: '1' } }, orders(COPIES))
  expect(distinct(guarded as Drawn[])).toEqual(all(COPIES * DRAWS))
  const control = await restores({ code }, orders(CONTROLS))
  expect(distinct(control as Drawn[])).toEqual(all(DRAWS))
})

/** The record of this package tells the test, and nobody else, that the trigger has fired. */
const IN_MACHINE = `${APPLICATION}
import { renameSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { deflateSync } from 'node:zlib'
const FILE = '/tmp/generation'
triggers?.onFileChange(FILE, { interval: 20 })
const told = triggers && new Promise((done) => globalThis[Symbol.for('atfork:1')].listeners.push(done))
const print = (line) => writeFileSync(1, line + '\\n')
createInterface({ input: process.stdin }).once('line', async (line) => {
  writeFileSync(FILE + '.part', Buffer.from(line, 'hex'))
  renameSync(FILE + '.part', FILE)
  await told
  print(deflateSync(JSON.stringify(draw(${DRAWS}))).toString('base64')) // with a checksum, which the line has not
})
print('ready')
`

/** What clones of one machine draw that is saved once the application is ready. */
function clones(command: string, count: number): Promise<Drawn[]> {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'app.mjs'), IN_MACHINE)
    const libraries = ['nanoid', 'uuid', '@noble/hashes'].map((name) => `node_modules/${name}`)
    const files: Record<string, string> = { 'app.mjs': join(folder, 'app.mjs') }
    for (const path of ['dist', 'package.json']) files[`node_modules/atfork/${path}`] = join(ROOT, path)
    for (const path of libraries) files[path] = join(ROOT, path)
    await buildInitramfs(folder, { files, command })
    await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', 'state', '1M'], { cwd: folder })

    async function use<Result>(args: string[], action: (machine: Machine) => Promise<Result>): Promise<Result> {
      const device = ['-device', `vmgenid,guid=${randomUUID()}`]
      const kernel = findKernel() as string
      const machine = new Machine({ folder, kernel, state: 'state', args: [...device, ...args] })
      try {
        return await action(machine)
      } finally {
        await machine.close()
      }
    }
    await use([], async (machine) => {
      expect(await machine.read()).toBe('ready')
      await machine.command('savevm copied')
    })
    const found: Drawn[] = []
    while (found.length < count) {
      const drawn = await use(['-loadvm', 'copied', '-S'], async (machine) => {
        await machine.command('cont') // not before it was loaded: a line sent earlier would be lost
        machine.write(randomBytes(32).toString('hex'))
        return inflateSync(Buffer.from(await machine.read(), 'base64')).toString()
      })
      found.push(JSON.parse(drawn))
    }
    return found
  })
}

test('8 clones of one virtual machine, told by a file', { timeout: 900_000 }, async (ctx) => {
  await requireMechanism(ctx, vm)
  const guarded = await clones(`TRIGGER=1 /node ${REGISTER.join(' ')} /app.mjs`, COPIES)
  expect(distinct(guarded)).toEqual(all(COPIES * DRAWS))
  expect(distinct(await clones('/node /app.mjs', CONTROLS))).toEqual(all(DRAWS))
})
