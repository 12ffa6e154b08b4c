/** Starts what draws and makes trouble, and collects what became of it. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runScenario } from '../support/forking.ts'

const run = promisify(execFile)
const PROCESS = fileURLToPath(new URL('process.mjs', import.meta.url))
/** Of the programs of test/servers. */
const FORKS = '../../soak/forks.mjs'
const PROCESSES = 4
/** How long one program forks: runForking lets none run for two minutes. */
const FORKING_SECONDS = 45
/** A process that hangs is a failure. */
const GRACE_MS = 120_000

interface Memory {
  threads: { heapUsed: number; arrayBuffers: number }[]
  rss: number
}

/** What one process says of itself. */
export interface ProcessReport {
  /** How often each trouble was made. */
  trouble: Record<string, number>
  threads: { values: number; refused: number; atforks: number; hooks: number }[]
  memory: { quarter: Memory; end: Memory }
  /** What its descriptors stood for: after one trouble of each kind, and at the end. */
  descriptors: { opened: string[]; left: string[] }
}

/** What is drawn. */
export interface Plan {
  /** The package: its built file. */
  package: string
  folder: string
  seconds: number
}

/** @param rate - Values a second, of all processes together, at most. */
export async function drawInProcesses(plan: Plan, rate: number): Promise<ProcessReport[]> {
  const args = ['--expose-gc', PROCESS, JSON.stringify({ ...plan, rate: rate / PROCESSES })]
  const limits = { timeout: plan.seconds * 1000 + GRACE_MS, killSignal: 'SIGKILL' } as const
  const one = async (): Promise<ProcessReport> => JSON.parse((await run(process.execPath, args, limits)).stdout)
  return await Promise.all(Array.from({ length: PROCESSES }, one))
}

/** How many copies were made. */
export async function drawInForks(plan: Plan): Promise<number> {
  const end = performance.now() / 1000 + plan.seconds
  let copies = 0
  for (let left = plan.seconds; left > 0; left = end - performance.now() / 1000) {
    const seconds = Math.min(left, FORKING_SECONDS)
    const reports = await runScenario(FORKS, 'soak', { ...plan, seconds }, 0)
    copies += reports.get('forks') as number
  }
  return copies
}

/** The files of values. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.values'))
    .map((name) => join(folder, name))
