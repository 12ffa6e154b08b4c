/** Single-executable apps with useSnapshot: what the snapshot holds repeats in every start, but what atfork draws. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bundlerObstacle } from '../../src/audit/bundle.ts'
import { compareColumn } from '../../src/audit/compare.ts'
import { sea } from '../../src/audit/mechanisms/sea.ts'
import { CONTROL, type Job, type SourceRef } from '../../src/audit/subject.ts'
import { missing } from '../support/slow.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
// The processes that are started are made of the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => join(root, 'dist/audit', `${name}.js`),
}))

const COPIES = 4
const DRAWS = 32
const BUILTINS = ['random', 'crypto.randomUUID', 'crypto.randomInt', 'crypto.randomBytes', CONTROL]
let folder = ''

beforeEach(async (ctx) => {
  const obstacle = await sea.obstacle()
  if (obstacle !== undefined) {
    const reason = `sea: ${obstacle.reason} (${obstacle.remedy})`
    // What a Node line cannot do, no installation mends.
    if ((await bundlerObstacle()) !== undefined) missing(ctx, reason)
    ctx.skip(reason)
  }
  folder = mkdtempSync(join(tmpdir(), 'atfork-test-'))
  vi.stubEnv('TMPDIR', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** Sources of a module that is written for one test. */
function member(code: string, ...names: string[]): SourceRef[] {
  const file = join(folder, 'member.mjs')
  writeFileSync(file, code)
  return names.map((name) => ({ name, from: { url: pathToFileURL(file).href, export: name } }))
}

const jobOf = (sources: SourceRef[]): Job => ({ sources, copies: COPIES, draws: DRAWS, seed: 'sea', guard: false })

test('each copy is a start of the executable, and what memory holds repeats in all of them', async () => {
  const printing = `
    const { isSea } = process.getBuiltinModule('node:sea')
    console.log('what a module prints is no report')
    export const inSea = () => String(isSea())
    export const pid = () => process.pid
    let drawn = 0
    export const counter = () => drawn++`
  const sources = [...BUILTINS.map((name) => ({ name })), ...member(printing, 'inSea', 'pid', 'counter')]
  const [column, ...others] = await sea.run(jobOf(sources))
  expect(others.map(({ name }) => name)).toEqual(['sea+atfork'])
  const { name, reports } = column ?? { name: '', reports: [] }
  expect(name).toBe('sea')
  expect(reports).toHaveLength(1 + COPIES)

  const drawn = (source: string): (string | undefined)[] =>
    reports.map((report) => report.find((one) => one.name === source)?.values[0])
  expect(drawn('inSea')).toEqual(['false', ...new Array(COPIES).fill('true')])
  expect(new Set(drawn('pid')).size).toBe(1 + COPIES)
  // Memory went on from where the original had left it, in each copy.
  expect(drawn('counter')).toEqual([String(65 - DRAWS), ...new Array(COPIES).fill('65')])

  const cells = new Map(compareColumn({ name, reports }).map((cell) => [cell.source, cell]))
  const repeats = BUILTINS.map((source) => [source, cells.get(source)?.repeats])
  const again = (COPIES - 1) * DRAWS
  expect(Object.fromEntries(repeats)).toEqual({
    random: 0,
    'crypto.randomUUID': again,
    'crypto.randomInt': 3 * again,
    'crypto.randomBytes': 0,
    [CONTROL]: 2 * again, // in blocks of 8 bytes
  })
  expect(cells.get('random')).toMatchObject({ verdict: 'distinct', values: (1 + COPIES) * DRAWS })
  expect(readdirSync(folder)).toEqual(['member.mjs'])
})

test('a copy that ends early is an error that says how, and nothing is left behind', async () => {
  const ending = `
    const { startupSnapshot } = process.getBuiltinModule('v8')
    export const end = () => {
      if (startupSnapshot.isBuildingSnapshot()) return 'drawn'
      process.getBuiltinModule('fs').writeSync(2, 'no more')
      process.exit(7)
    }`
  await expect(sea.run(jobOf(member(ending, 'end')))).rejects.toThrow(/app ended with exit code 7: no more$/)
  expect(readdirSync(folder)).toEqual(['member.mjs'])
})
