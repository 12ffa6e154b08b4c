/** Real fork(2): parent, children and grandchildren share nothing, though nobody noticed; the controls repeat. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test, vi } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { fork, runForking } from '../../src/audit/mechanisms/fork.ts'
import { CONTROL, type SourceRef } from '../../src/audit/subject.ts'
import { repeatedBlocks } from '../support/blocks.ts'
import { brokenBuild } from '../support/broken-build.ts'
import { columnOf, inFolder, reportsIn, requireMechanism, verdicts } from '../support/clone.ts'
import { slow } from '../support/slow.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
// The processes that are copied are programs of the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => join(root, 'dist/audit', `${name}.js`),
}))

beforeEach((ctx) => requireMechanism(ctx, fork))

/** Runs a scenario of forking.mjs. */
const scenario = (name: string, options: object, processes: number): Promise<Map<string, unknown>> =>
  inFolder(async (folder) => {
    const program = join(root, 'test/support/forking.mjs')
    await runForking(folder, program, [folder, name, JSON.stringify(options)], processes)
    return reportsIn(folder)
  })

const bytes = (hex: readonly string[]): Buffer[] => hex.map((one) => Buffer.from(one, 'hex'))

/** How many values had been there before. */
const repeats = (values: readonly string[]): number => values.length - new Set(values).size

test.each([2, 8])('the audit makes %i copies of which each is one', async (copies) => {
  const names = ['random', 'crypto.randomUUID', 'crypto.randomInt', 'crypto.randomBytes', 'Math.random', CONTROL]
  const sources: SourceRef[] = names.map((name) => ({ name }))
  const { cells, notRun } = await audit({ mechanisms: [fork], sources, copies, draws: 32 }, () => {})
  expect(notRun).toEqual([])
  const plain = {
    random: 'distinct',
    'crypto.randomUUID': 'repeats',
    'crypto.randomInt': 'repeats',
    'crypto.randomBytes': 'distinct',
    'Math.random': 'repeats',
    [CONTROL]: 'repeats',
  }
  expect(verdicts(columnOf(cells, 'fork'))).toEqual(plain)
  const healed = { ...plain, 'crypto.randomUUID': 'distinct', 'crypto.randomInt': 'distinct' }
  expect(verdicts(columnOf(cells, 'fork+atfork'))).toEqual(healed)
  const control = cells.find(({ source }) => source === CONTROL)
  expect(control).toMatchObject({ values: (copies + 1) * 32, repeats: (copies - 1) * 32 * 2 }) // in blocks
})

test('a copy runs on as any process does', async () => {
  const reports = await scenario('runsOn', { children: 8 }, 0)
  expect([...reports.values()]).toEqual(new Array(8).fill({ kept: 2_000_000, bytes: 8 }))
})

test('the audit catches a broken build, beside the real one', () =>
  inFolder(async (folder) => {
    const sources = [{ name: 'random' }, await brokenBuild(folder), { name: CONTROL }]
    const { cells, notRun } = await audit({ mechanisms: [fork], sources, copies: 8, draws: 64 }, () => {})
    expect(notRun).toEqual([])
    expect(verdicts(columnOf(cells, 'fork'))).toEqual({
      random: 'distinct',
      'broken build': 'repeats',
      [CONTROL]: 'repeats',
    })
    expect(cells.find(({ source }) => source === 'broken build')).toMatchObject({ repeats: 7 * 64 * 2 })
  }))

interface Drawn {
  generation: number
  blobs: string[]
  ids: string[]
}
interface Member {
  before?: Drawn
  after: Drawn
  control: string
  cached: string[]
}

/** 100 values of a process: from the pool, from the longest draw of it, and expanded. Together far less than a pool. */
const SIZES = [
  ...new Array<number>(80).fill(16),
  ...new Array<number>(11).fill(1024),
  ...new Array<number>(4).fill(256),
  ...new Array<number>(4).fill(264),
  66_000,
]
const CHILDREN = 50

test.for([
  ['that has drawn', true],
  ['whose generator was never used', false],
] as const)(
  '50 children and 50 grandchildren of a process %s share nothing',
  { timeout: 120_000 },
  async ([, used], ctx) => {
    if (!used) slow(ctx)
    const reports = await scenario('tree', { children: CHILDREN, sizes: SIZES, used, seed: 'tree' }, 2 * CHILDREN + 1)
    const members = [...reports.values()] as Member[]
    expect(members.length).toBe(2 * CHILDREN + 1)
    const drawn = members.flatMap(({ before, after }) => (before === undefined ? [after] : [before, after]))
    const blobs = drawn.flatMap((one) => one.blobs)
    expect(blobs.length).toBeGreaterThanOrEqual(10_000)
    expect(repeats(blobs), 'whole values').toBe(0)
    expect(repeats(blobs.map((hex) => hex.slice(0, 16))), 'prefixes').toBe(0)
    expect(repeatedBlocks(bytes(blobs)), 'blocks').toBe(0)
    expect(repeats(drawn.flatMap(({ ids }) => ids)), 'ids').toBe(0)
    // Not because somebody noticed: all are in the parent's generation. (The first draw of a generator may notice.)
    if (used) expect(new Set(drawn.map(({ generation }) => generation)).size, 'generations').toBe(1)
    // That they are copies: what each draws from a generator without protection, and from Node's own cache.
    expect(new Set(members.map(({ control }) => control)).size, 'control').toBe(1)
    expect(new Set(members.map(({ cached }) => cached.join())).size, 'crypto.randomUUID').toBe(1)
  },
)

test('a fork is noticed at the next refill, and at each draw if asked for', async () => {
  const reports = await scenario('notice', {}, 0)
  const refill = reports.get('refill') as { undetected: number; within: number; bumps: number; events: object[] }
  expect(refill).toMatchObject({ undetected: 0, within: 0, bumps: 1 })
  expect(refill.events).toMatchObject([{ kind: 'fork', generation: expect.any(Number) }])
  const strict = reports.get('throw') as { refused: string[]; reseeded: string[]; events: object[] }
  expect(strict.refused).toEqual(['ForkError ERR_FORKED', 'ForkError ERR_FORKED'])
  expect(strict.reseeded).toEqual([expect.stringMatching(/^\w{32}$/), expect.stringMatching(/^\w{32}$/)])
  expect(repeats(strict.reseeded)).toBe(0)
  expect(strict.events).toMatchObject([{ kind: 'fork' }])
  // The control: the parent was not copied, and is not told that it was.
  expect(reports.get('parent')).toEqual({ drawn: expect.stringMatching(/^\w{32}$/), events: [] })
})

test('that a parent ends is no copy', async () => {
  const reports = await scenario('orphan', {}, 2)
  expect(reports.get('orphan')).toEqual({ reparented: true, bumps: 0, drawn: 16 })
  // The control: the same generator in the same process notices a fork.
  expect(reports.get('forked')).toEqual({ drawn: 'ForkError' })
})

interface Aged {
  aged: string[]
  fresh: string[]
}

test('within maxAge the rest of the pool is shared, until atfork()', async () => {
  const reports = await scenario('maxAge', { sizes: SIZES.slice(0, 80) }, 3)
  const parent = reports.get('parent') as { before: Aged }
  const first = reports.get('first') as { before: Aged; after: Aged }
  const second = reports.get('second') as { before: Aged; after: Aged }
  expect(first.before.aged).toEqual(parent.before.aged)
  expect(second.before.aged).toEqual(parent.before.aged)
  const fresh = [parent.before, first.before, second.before].flatMap((one) => one.fresh)
  const after = [first.after, second.after].flatMap(({ aged, fresh }) => [...aged, ...fresh])
  expect(repeatedBlocks(bytes([...parent.before.aged, ...fresh, ...after]))).toBe(0)
})
