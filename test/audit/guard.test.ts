/** The audit with `--guard`: the libraries above node:crypto, and Node's own sources, in copies that repeat without it. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { librarySources } from '../../src/audit/libraries.ts'
import type { Mechanism } from '../../src/audit/mechanism.ts'
import { criu } from '../../src/audit/mechanisms/criu.ts'
import { fork } from '../../src/audit/mechanisms/fork.ts'
import { snapshot } from '../../src/audit/mechanisms/snapshot.ts'
import { CONTROL } from '../../src/audit/subject.ts'
import { columnOf, requireMechanism, verdicts } from '../support/clone.ts'
import { slow } from '../support/slow.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
// What is copied are programs of the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => join(root, 'dist/audit', `${name}.js`),
}))

const LIBRARIES = ['nanoid', 'uuid v4', 'jose', 'ulid', '@paralleldrive/cuid2']
const NODES = ['crypto.randomUUID', 'crypto.randomInt', 'crypto.randomBytes', 'crypto.getRandomValues']

/** What repeats in a column, unguarded; guarded nothing but the control does. */
const REPEATING: [Mechanism, string[]][] = [
  [snapshot, ['nanoid', 'uuid v4', 'crypto.randomUUID', 'crypto.randomInt']],
  [fork, ['nanoid', 'uuid v4', 'crypto.randomUUID', 'crypto.randomInt']],
  [criu, ['nanoid', 'uuid v4', 'jose', ...NODES]],
]

for (const [mechanism, repeating] of REPEATING)
  test(mechanism.name, { timeout: 120_000 }, async (ctx) => {
    await requireMechanism(ctx, mechanism)
    slow(ctx)
    const found = await librarySources(root)
    const sources = [
      ...found.filter(({ name }) => LIBRARIES.includes(name)),
      ...[...NODES, CONTROL].map((name) => ({ name })),
    ]
    expect(sources.length).toBe(LIBRARIES.length + NODES.length + 1)
    const run = async (guard: boolean) => {
      const { cells, notRun } = await audit({ mechanisms: [mechanism], sources, copies: 8, draws: 64, guard }, () => {})
      expect(notRun).toEqual([])
      return cells
    }
    const distinct = Object.fromEntries(sources.map(({ name }) => [name, name === CONTROL ? 'repeats' : 'distinct']))
    const repeats = Object.fromEntries(repeating.map((name) => [name, 'repeats']))
    const unguarded = columnOf(await run(false), mechanism.name)
    expect(verdicts(unguarded)).toEqual({ ...distinct, ...repeats })
    expect(verdicts(columnOf(await run(true), `${mechanism.name}+atfork`))).toEqual(distinct)
  })
