/**
 * Hours in minutes: four processes of two threads that draw, start children and call atfork(), while descriptors are
 * closed, reads fail, clocks jump and children are killed. No value twice, memory flat, no descriptor left open.
 *
 * ATFORK_SOAK_SECONDS says how long it takes: 300 in CI, 3600 in `npm run test:slow`, 2 otherwise. A tenth of that is
 * for comparing what was drawn.
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { UNMIXED } from '../support/broken-build.ts'
import { inFolder } from '../support/clone.ts'
import { requireFork } from '../support/forking.ts'
import { mutate, src } from '../support/mutate.ts'
import { PACKAGE } from '../support/node-child.ts'
import { countValues, findRepeats } from './repeats.ts'
import { drawInForks, drawInProcesses, filesIn, type ProcessReport } from './soak.ts'

const SECONDS = Number(process.env.ATFORK_SOAK_SECONDS ?? 2)
/** Time enough for 10^8 draws. */
const LONG = 300
const LEAST = 10 ** 8
/** A slow machine draws for longer. */
const MORE_ROUNDS = 8
const ROUND_SECONDS = 60
/** Values a second, which with 16 bytes each is what a disk has room for. */
const RATE = Math.min(450_000, (5 * 10 ** 8) / SECONDS)
const TIMEOUT = SECONDS * 1000 + 900_000

const MIB = 2 ** 20
/** A thread's heap and buffers may grow by what V8 learns and has not yet freed; a byte of each draw would be 10 MiB in 300 s. */
const MORE_HEAP = 2 * MIB
const MORE_BUFFERS = 2 * MIB
/** And a process by what its allocators keep after threads that came and went. */
const MORE_RSS = 64 * MIB

function expectFlat({ memory: { quarter, end } }: ProcessReport): void {
  for (const [i, thread] of end.threads.entries()) {
    expect(thread.heapUsed).toBeLessThan((quarter.threads[i]?.heapUsed ?? 0) + MORE_HEAP)
    expect(thread.arrayBuffers).toBeLessThan((quarter.threads[i]?.arrayBuffers ?? 0) + MORE_BUFFERS)
  }
  expect(end.rss).toBeLessThan(quarter.rss + MORE_RSS)
}

/** Main thread and two more. Of these there may be fewer for a while: two whose descriptor was closed can end up with the same one. */
const DEVICES = 3
const isDevice = (file: string): boolean => file === '/dev/urandom'

function expectNoneLeft({ descriptors: { opened, left } }: ProcessReport): void {
  const others = (files: string[]): string[] => files.filter((file) => !isDevice(file))
  expect(others(left).length, left.join()).toBeLessThanOrEqual(others(opened).length)
  expect(left.filter(isDevice).length).toBeLessThanOrEqual(DEVICES)
}

/** The first value of the file, written to a new one. */
function plant(from: string, to: string): void {
  const value = new Uint8Array(16)
  const fd = openSync(from, 'r')
  expect(readSync(fd, value, 0, 16, 0)).toBe(16)
  closeSync(fd)
  writeFileSync(to, value)
}

/** The figures for the docs. */
function tell(counts: object, reports: readonly ProcessReport[]): void {
  const processes = reports.map(({ trouble, threads, memory: { quarter, end }, descriptors }) => ({
    trouble,
    threads,
    rss: [quarter.rss, end.rss],
    heaps: [quarter, end].map(({ threads }) => threads.map(({ heapUsed }) => heapUsed)),
    buffers: [quarter, end].map(({ threads }) => threads.map(({ arrayBuffers }) => arrayBuffers)),
    descriptors: [descriptors.opened.length, descriptors.left.length],
  }))
  console.log(new Date().toISOString(), JSON.stringify({ seconds: SECONDS, ...counts, processes }))
}

test('no value twice, memory flat, no descriptor left open', { timeout: TIMEOUT }, async (ctx) => {
  await requireFork(ctx)
  await inFolder(async (folder) => {
    const plan = { package: PACKAGE, folder, seconds: 0.9 * SECONDS }
    const draw = (seconds: number): Promise<[ProcessReport[], number]> =>
      Promise.all([drawInProcesses({ ...plan, seconds }, RATE), drawInForks({ ...plan, seconds })])
    const rounds = [await draw(plan.seconds)]
    const drawn = (): number => filesIn(folder).reduce((sum, file) => sum + countValues(file), 0)
    while (SECONDS >= LONG && drawn() <= LEAST && rounds.length <= MORE_ROUNDS) rounds.push(await draw(ROUND_SECONDS))
    const reports = rounds.flatMap(([reports]) => reports)
    const copies = rounds.reduce((sum, [, copies]) => sum + copies, 0)
    const files = filesIn(folder)
    const planted = join(folder, 'planted.values')
    plant(files[0] as string, planted)
    const { values, repeats } = await findRepeats([...files, planted])
    if (SECONDS >= LONG) tell({ values, repeats: repeats.length - 1, copies, files: files.length }, reports)

    expect(repeats.length).toBe(1) // what was planted
    if (SECONDS >= LONG) expect(values).toBeGreaterThan(LEAST)
    expect(copies).toBeGreaterThan(0)
    for (const report of reports) {
      expectFlat(report)
      expectNoneLeft(report)
      expect(Math.min(...Object.values(report.trouble))).toBeGreaterThan(0)
      for (const { values, atforks, hooks } of report.threads) {
        expect(values).toBeGreaterThan(0)
        expect(hooks).toBeGreaterThanOrEqual(atforks)
      }
    }
    const refused = reports.flatMap(({ threads }) => threads.map(({ refused }) => refused))
    expect(Math.max(...refused)).toBeGreaterThan(0) // the faults were felt
  })
})

test('control: without the kernel in each draw copies repeat values', { timeout: TIMEOUT }, async (ctx) => {
  await requireFork(ctx)
  await inFolder(async (folder) => {
    const plugins = [mutate([UNMIXED])]
    const bundle = await rolldown({ input: src('index.ts'), plugins, platform: 'node', logLevel: 'silent' })
    const file = join(folder, 'broken.mjs')
    await bundle.write({ file, format: 'esm' })
    await bundle.close()
    expect(await drawInForks({ package: file, folder, seconds: 0.5 })).toBeGreaterThan(0)
    const { repeats } = await findRepeats(filesIn(folder))
    expect(repeats.length).toBeGreaterThan(100)
  })
})
