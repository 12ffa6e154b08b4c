/** Hooks that are preloaded into Fastify's workers under node:cluster: `node --import ./postfork.mjs server.mjs`. */
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { type Program, startProgram } from '../support/program.ts'

interface Line {
  what: 'hook' | 'hook done' | 'listening'
  pid: number
  worker: number
  kind?: string
  url?: string
}

const start = (ctx: TestContext, ...flags: string[]): Program =>
  startProgram(ctx, [...flags, 'server.mjs'], { cwd: join(import.meta.dirname, 'fastify-cluster') })

/** All that was printed until `workers` have listened. */
async function untilListening(program: Program, workers: number): Promise<Line[]> {
  await program.printed(/listening/, workers)
  return program.lines.map((line) => JSON.parse(line))
}

/** What one worker printed, in order. */
const of = (lines: readonly Line[], worker: number): Line[] => lines.filter((line) => line.worker === worker)

/** The hook ran once in this worker, knew it, and was done before the worker listened. */
function expectHook(lines: readonly Line[], worker: number): void {
  const mine = of(lines, worker)
  expect(mine.map(({ what }) => what)).toEqual(['hook', 'hook done', 'listening'])
  expect(mine[0]?.kind).toBe('cluster')
  expect(new Set(mine.map(({ pid }) => pid)).size).toBe(1)
}

/** Asks until each of the workers has answered; returns their pids. */
async function pids(url: string, workers: readonly number[]): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  while (!workers.every((worker) => found.has(worker))) {
    const answer = await fetch(url, { headers: { connection: 'close' } })
    const { worker, pid } = (await answer.json()) as Line
    found.set(worker, pid)
  }
  return found
}

test('once in each worker, before it listens, and again in the one that replaces a killed worker', async (ctx) => {
  const program = start(ctx, '--import', './postfork.mjs')
  const before = await untilListening(program, 2)
  expect(before.length).toBe(6) // nothing of the primary
  expectHook(before, 1)
  expectHook(before, 2)

  const url = before.find((line) => line.url !== undefined)?.url as string
  const first = await pids(url, [1, 2])
  expect([...first].sort()).toEqual([1, 2].map((worker) => [worker, of(before, worker)[0]?.pid]))

  process.kill(first.get(1) as number, 'SIGKILL')
  const after = await untilListening(program, 3)
  expect(after.length).toBe(9) // and nothing again in worker 2
  expectHook(after, 3)
  const second = await pids(url, [2, 3])
  expect(second.get(2)).toBe(first.get(2))
  expect(second.get(3)).not.toBe(first.get(1))
})

test('control: without the preload nothing is called', async (ctx) => {
  const lines = await untilListening(start(ctx), 2)
  expect(lines.map(({ what }) => what)).toEqual(['listening', 'listening'])
})
