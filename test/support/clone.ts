/** What tests of real copies have in common. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestContext } from 'vitest'
import type { Cell } from '../../src/audit/compare.ts'
import type { Mechanism } from '../../src/audit/mechanism.ts'
import { missing } from './slow.ts'

/** Skips the test, with the reason, where the mechanism cannot run; fails it if ATFORK_REQUIRE_ALL is 1. */
export async function requireMechanism(ctx: TestContext, mechanism: Mechanism): Promise<void> {
  const obstacle = await mechanism.obstacle()
  if (obstacle !== undefined) missing(ctx, `${mechanism.name}: ${obstacle.reason} (${obstacle.remedy})`)
}

/** Calls `use` with a new folder, and removes it afterwards. */
export async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'atfork-test-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What was written into a folder: each .json file's content, by its name. */
export function reportsIn(folder: string): Map<string, unknown> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return new Map(files.map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(folder, file), 'utf8'))]))
}

/** The cells of one column. */
export const columnOf = (cells: readonly Cell[], name: string): Cell[] => cells.filter(({ column }) => column === name)

/** The verdict on each source. */
export const verdicts = (cells: readonly Cell[]): Record<string, string> =>
  Object.fromEntries(cells.map(({ source, verdict }) => [source, verdict]))
