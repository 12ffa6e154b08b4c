/** Virtual machines loaded from one snapshot: where the kernel is told, and where it is not. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { audit, type Result } from '../../src/audit/audit.ts'
import type { Mechanism } from '../../src/audit/mechanism.ts'
import { vm, vmWithoutVmgenid } from '../../src/audit/mechanisms/vm.ts'
import { CONTROL, type SourceRef } from '../../src/audit/subject.ts'
import { brokenBuild } from '../support/broken-build.ts'
import { columnOf, inFolder, requireMechanism, verdicts } from '../support/clone.ts'

// What runs in the machines is the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => fileURLToPath(new URL(`../../dist/audit/${name}.js`, import.meta.url)),
}))

beforeEach((ctx) => requireMechanism(ctx, vm))

const COPIES = 8
/** Of 16 bytes: 1 KiB from each source in each copy. */
const DRAWS = 64

/**
 * The kernel's own bytes, with nothing of this package between. JavaScript's clocks stand still in these machines: they
 * would separate the clones too, and what is to be shown is that VMGENID does, or bytes from outside.
 */
const KERNEL = `
import { openSync, readSync } from 'node:fs'
Date.now = performance.now = () => 0
process.hrtime.bigint = () => 0n
const fd = openSync('/dev/urandom')
export function kernel() {
  const bytes = Buffer.alloc(16)
  readSync(fd, bytes)
  return bytes
}
`

const auditOf = (mechanism: Mechanism): Promise<Result> =>
  inFolder(async (folder) => {
    const file = join(folder, 'kernel.mjs')
    writeFileSync(file, KERNEL)
    const kernel: SourceRef = { name: 'kernel', from: { url: pathToFileURL(file).href, export: 'kernel' } }
    const names = ['random', 'crypto.randomUUID', 'crypto.randomInt', 'crypto.randomBytes', 'x25519 key', CONTROL]
    const sources = [...names.map((name) => ({ name })), kernel, await brokenBuild(folder)]
    const result = await audit({ mechanisms: [mechanism], sources, copies: COPIES, draws: DRAWS }, () => {})
    expect(result.notRun).toEqual([])
    return result
  })

const column = ({ cells }: Result, name: string): Record<string, string> => verdicts(columnOf(cells, name))
/** That atfork() reached OpenSSL, too. */
const HEALED = {
  random: 'distinct',
  'crypto.randomUUID': 'distinct',
  'crypto.randomInt': 'distinct',
  'crypto.randomBytes': 'distinct',
  'x25519 key': 'distinct',
}

const ALL_REPEAT = {
  random: 'repeats',
  kernel: 'repeats',
  'broken build': 'repeats',
  'crypto.randomUUID': 'repeats',
  'crypto.randomInt': 'repeats',
  'crypto.randomBytes': 'repeats',
  'x25519 key': 'repeats',
  [CONTROL]: 'repeats',
}

// Both at once: for two minutes the second does nothing but wait.
describe.concurrent('8 clones', { timeout: 900_000 }, () => {
  test('with VMGENID share nothing, and a broken build is caught', async () => {
    const result = await auditOf(vm)
    expect(column(result, 'vm')).toEqual({ ...ALL_REPEAT, random: 'distinct', kernel: 'distinct' })
    expect(column(result, 'vm+atfork')).toEqual({ ...ALL_REPEAT, ...HEALED, kernel: 'distinct' })
  })

  test('without it share everything, until atfork() is given bytes from outside', async () => {
    const result = await auditOf(vmWithoutVmgenid)
    // The limit that the documentation states: nothing in the clone has changed, neither memory nor kernel.
    expect(column(result, 'vm-no-vmgenid')).toEqual(ALL_REPEAT)
    expect(column(result, 'vm-no-vmgenid+extra')).toEqual({ ...ALL_REPEAT, ...HEALED })
  })
})
