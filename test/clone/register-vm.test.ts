/**
 * Clones of an application that changes no line: `node --require atfork/register`, and one trigger. All differ in all that
 * they draw, and repeat without that.
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
import { inFolder, requireMechanism } from '../support/clone.ts'
import {
  APPLICATION,
  all,
  CONTROLS,
  COPIES,
  DRAWS,
  type Drawn,
  distinct,
  REGISTER,
} from '../support/guarded-application.ts'
import { ROOT } from '../support/packed.ts'

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
  print(deflateSync(JSON.stringify(await draw(${DRAWS}))).toString('base64')) // with a checksum, which the line has not
})
print('ready')
`

/** What clones of one machine draw that is saved once the application is ready. */
function clones(command: string, count: number): Promise<Drawn[]> {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'app.mjs'), IN_MACHINE)
    const libraries = ['nanoid', 'uuid', 'jose', '@noble/hashes'].map((name) => `node_modules/${name}`)
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
