/** CRIU: all that a process restores from one checkpoint repeats, but what atfork draws, and that is noticed. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compareColumn } from '../../src/audit/compare.ts'
import type { Column } from '../../src/audit/mechanism.ts'
import { criu, criuTwice } from '../../src/audit/mechanisms/criu.ts'
import { CONTROL, type Job, type Report, type SourceRef } from '../../src/audit/subject.ts'
import { brokenBuild } from '../support/broken-build.ts'
import { inFolder, requireMechanism, verdicts } from '../support/clone.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
// The process that is copied is a program of the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => join(root, 'dist/audit', `${name}.js`),
}))

const member = (name: string): SourceRef => ({
  name,
  from: { url: pathToFileURL(join(root, 'test/support/criu-member.mjs')).href, export: name },
})
const AUDITED = [
  'random',
  'crypto.randomUUID',
  'crypto.randomInt',
  'crypto.randomBytes',
  'x25519 key',
  'Math.random',
  CONTROL,
]
const COPIES = 8
/** Of 16 bytes and more: 1 KiB from each source in each copy. */
const DRAWS = 64

beforeEach((ctx) => requireMechanism(ctx, criu))

describe.each([
  { mechanism: criu, generations: 1 },
  { mechanism: criuTwice, generations: 2 },
])('$mechanism.name', ({ mechanism, generations }) => {
  const name = mechanism.name
  let reports: Report[]
  let healed: Column | undefined
  beforeAll(async () => {
    if ((await mechanism.obstacle()) !== undefined) return
    await inFolder(async (folder) => {
      const sources = [...AUDITED.map((source) => ({ name: source })), await brokenBuild(folder)]
      sources.push(member('pid'), member('noticed'), member('refused'))
      const job: Job = { sources, copies: COPIES, draws: DRAWS, seed: 'criu', guard: false }
      const columns = await mechanism.run(job)
      expect(columns.map((column) => column.name)).toEqual([name, `${name}+atfork`])
      reports = columns[0]?.reports ?? []
      healed = columns[1]
    })
  }, 120_000)

  /** What each process drew from one source: the originals of each generation, then the copies. */
  const drawn = (source: string) => reports.map((report) => report.find((one) => one.name === source))
  const cellOf = (source: string) => compareColumn({ name, reports }).find((cell) => cell.source === source)

  test('8 restores, and all have one pid', () => {
    expect(reports.length).toBe(generations + COPIES)
    const pids = drawn('pid').flatMap((one) => one?.values)
    expect(pids.length).toBe(reports.length * DRAWS)
    expect(new Set(pids).size).toBe(1)
  })

  test('what memory holds repeats in all of them, and random in none', () => {
    const found = verdicts(compareColumn({ name, reports }).filter(({ source }) => AUDITED.includes(source)))
    expect(found).toEqual({
      random: 'distinct',
      'crypto.randomUUID': 'repeats',
      'crypto.randomInt': 'repeats',
      'crypto.randomBytes': 'repeats',
      'x25519 key': 'repeats',
      'Math.random': 'repeats',
      [CONTROL]: 'repeats',
    })
    expect(cellOf('random')).toMatchObject({ values: reports.length * DRAWS, repeats: 0 })
    for (const source of [CONTROL, 'crypto.randomBytes'])
      expect(cellOf(source), source).toMatchObject({ repeats: (COPIES - 1) * DRAWS * 2 }) // in blocks of 8 bytes
    expect(cellOf('crypto.randomUUID')).toMatchObject({ repeats: (COPIES - 1) * DRAWS })
  })

  test('atfork() heals what Node keeps, OpenSSL included', () => {
    expect(healed?.healing).toEqual({
      uuidCache: 'emptied',
      intCache: 'emptied',
      libraryPools: 'not guarded',
      openssl: 'reseeded',
      detection: 'on',
    })
    const cells = compareColumn(healed as Column).filter(({ source }) => AUDITED.includes(source))
    expect(verdicts(cells)).toEqual({
      random: 'distinct',
      'crypto.randomUUID': 'distinct',
      'crypto.randomInt': 'distinct',
      'crypto.randomBytes': 'distinct',
      'x25519 key': 'distinct',
      'Math.random': 'repeats',
      [CONTROL]: 'repeats',
    })
  })

  test('a broken build is caught', () => {
    expect(cellOf('broken build')).toMatchObject({ verdict: 'repeats', repeats: (COPIES - 1) * DRAWS * 2 })
  })

  test('each restore is noticed at the next refill, as a clone', () => {
    const first = drawn('noticed').map((one) => one?.values[0])
    const clones = (count: number): string => new Array<string>(count).fill('clone').join(' ')
    // The control: the original refills as often, and hears of nothing.
    const originals = ['none', clones(1)].slice(0, generations)
    expect(first).toEqual([...originals, ...new Array<string>(COPIES).fill(clones(generations))])
  })

  test("a generator made with onFork: 'throw' refuses to draw after each restore", () => {
    const [original, ...restored] = drawn('refused')
    expect(original).toMatchObject({ values: { length: DRAWS } })
    expect(original?.error).toBeUndefined()
    expect(restored.length).toBe(generations - 1 + COPIES)
    for (const one of restored) expect(one).toMatchObject({ values: [], error: expect.stringMatching(/^ForkError/) })
  })
})
