/** The benchmark's judgement, not its numbers: no test times anything. A copy of it runs with budgets that none or all meet. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT } from './support/packed.ts'

const run = promisify(execFile)
/** What its files export, which are plain JavaScript. */
interface Exports {
  isMissed(median: number, limit: number): boolean
  limitOf(name: string, major: string): number | undefined
  judge(rows: object[]): { limit?: number; missed?: boolean }[]
  slowness(rows: object[]): number | undefined
  quantile(values: number[], q: number): number
  summarise(section: string, row: object, results: object[]): { ahead?: boolean }
  chart(rows: object[], node: string): string
}
const load = (file: string): Promise<Exports> => import(new URL(`../bench/${file}`, import.meta.url).href)

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-bench-'))
  for (const name of ['dist', 'node_modules', 'package.json']) symlinkSync(join(ROOT, name), join(folder, name))
  mkdirSync(join(folder, 'bench'))
  const filter = (source: string): boolean => basename(source) !== 'node_modules'
  cpSync(join(ROOT, 'bench'), join(folder, 'bench'), { recursive: true, filter })
  edit('run.mjs', /CHECK_RUNS = \d+/g, 'CHECK_RUNS = 1')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function edit(name: string, pattern: RegExp, replacement: string): void {
  const file = join(folder, 'bench', name)
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(pattern)
  writeFileSync(file, text.replace(pattern, replacement))
}

/** Every budget the same, on every line of Node. */
function budgets(limit: number): void {
  edit('budgets.mjs', /, onNode: \{[^}]*\}/g, '')
  edit('budgets.mjs', /atMost: [\d.]+/g, `atMost: ${limit}`)
}

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [join(folder, 'bench/run.mjs'), ...args]
  return await run(process.execPath, command).then(
    (result) => ({ code: 0, ...result }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

test('--check names every budget that is missed, and exits 1', async () => {
  budgets(1e-9)
  const { code, stdout } = await bench('--check', '--only', 'bulk')
  expect(stdout).toMatch(/^missed: random\(257\) : random\(256\): .* at most 0\.000000001, /m)
  expect(stdout).toMatch(/^missed: random\(65536\) : crypto\.randomBytes\(65536\): /m)
  expect(stdout.match(/^missed: /gm)).toHaveLength(2)
  expect(code).toBe(1)
})

test('--check exits 0 when all are met', async () => {
  budgets(1e9)
  const { code, stdout } = await bench('--check', '--only', 'bulk')
  expect(stdout).toMatch(/^Every budget is met\.$/m)
  expect(stdout).toContain('random(257) : random(256)')
  expect(stdout).not.toContain('randomFillSync') // has no budget
  expect(code).toBe(0)
})

test('a budget whose row was renamed is an error', async () => {
  edit('budgets.mjs', /random\(257\) : /, 'random(258) : ')
  const { code, stderr } = await bench('--check')
  expect(stderr).toBe('bench: error: no row has the name of these budgets: random(258) : random(256)\n')
  expect(code).toBe(3)
})

test('a row that fails is an error, and not a result', async () => {
  edit('sections/bulk.mjs', /random\(257\),/, 'random(-1),')
  const { code, stderr, stdout } = await bench('--check', '--only', 'bulk')
  expect(stderr).toMatch(/^bench: error: random\(257\) : random\(256\): [\s\S]*RangeError/)
  expect(stdout).toBe('')
  expect(code).toBe(3)
})

test('bad usage', async () => {
  const unknown = await bench('--only', 'draws,dawrs')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toContain(
    `"--only" expected some of draws, bulk, drbg, guards, costs, events, growth, python, got 'dawrs'`,
  )
  expect(await bench('--fast')).toMatchObject({ code: 2, stdout: '' })
})

test('a miss is more than a tenth, or no number', async () => {
  const { isMissed, limitOf } = await load('budgets.mjs')
  expect([0.5, 1, 1.09, 1.11, 2, Number.NaN].map((median) => isMissed(median, 1))).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
  ])
  const name = 'random(257) : random(256)'
  expect([limitOf(name, '22'), limitOf(name, '24'), limitOf('random(32)', '24')]).toEqual([3.5, 8, undefined])
})

test('a limit in units of time grows with a slow machine, and does not shrink with a fast one', async () => {
  const { judge, slowness } = await load('budgets.mjs')
  const yardstick = (theirsNs: number): object => ({
    name: 'HmacDrbg SHA-256, generate(32) : npm hmac-drbg',
    unit: '×',
    median: 0.7,
    limit: 0.6,
    theirsNs,
  })
  const start = { name: "import 'atfork', over bare Node", unit: 'ms', median: 20, limit: 14 }
  const judged = (ns: number): unknown[] => judge([yardstick(ns), start]).map(({ limit, missed }) => [limit, missed])
  expect(judged(36_000)).toEqual([
    [0.6, true],
    [28, false],
  ])
  expect(judged(9_000)).toEqual([
    [0.6, true],
    [14, true],
  ])
  expect([slowness([yardstick(36_000), start]), slowness([yardstick(36_000)]), slowness([start])]).toEqual([
    2,
    undefined,
    undefined,
  ])
})

test('quantiles', async () => {
  const { quantile, summarise } = await load('summary.mjs')
  expect([0, 0.25, 0.5, 1].map((q) => quantile([40, 10, 30, 20], q))).toEqual([10, 17.5, 25, 40])
  expect(quantile([7], 0.75)).toBe(7)
  const row = { name: 'a : b', ours: 'a', theirs: 'b', unit: '×', rival: true, pictured: false }
  const results = [
    { values: [3, 1], ours: [6, 2], theirs: [2, 2] },
    { values: [2], ours: [4], theirs: [2] },
  ]
  const expected = { median: 2, quartiles: [1.5, 2.5], rounds: 3, oursNs: 4, theirsNs: 2, ahead: true }
  expect(summarise('draws', row, results)).toMatchObject(expected)
  expect(summarise('draws', { ...row, rival: false }, results).ahead).toBeUndefined()
})

test('the chart has a bar for each pictured ratio, on a scale that holds it', async () => {
  const { chart } = await load('chart.mjs')
  const row = (ours: string, median: number, pictured = true) => ({
    section: 'draws',
    ours,
    theirs: 'x',
    median,
    quartiles: [median / 2, median * 2],
    pictured,
  })
  const svg = chart([row('<a>', 0.02), row('b', 30), row('c', 5, false)], 'v1.2.3')
  expect(svg).toContain('&lt;a&gt;')
  expect(svg.match(/class="(faster|slower)"/g)).toEqual(['class="faster"', 'class="slower"'])
  expect(svg).not.toContain('>c <')
  expect(svg.match(/>[\d.]+ ×<\/text>/g)).toEqual(
    ['0.01', '0.1', '1', '10', '100', '0.02', '30'].map((n) => `>${n} ×</text>`),
  )
})
