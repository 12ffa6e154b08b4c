/** Programs that fork(2): those of test/servers/programs/. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type TestContext, vi } from 'vitest'
import { fork, runForking } from '../../src/audit/mechanisms/fork.ts'
import { inFolder, reportsIn, requireMechanism } from './clone.ts'

// native/ is looked for from where the build lays the programs of the audit.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => fileURLToPath(new URL(`../../dist/audit/${name}.js`, import.meta.url)),
}))

const programs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'servers/programs')

/** Skips the test where there is no fork(2), or no gcc; fails it if ATFORK_REQUIRE_ALL is 1. */
export const requireFork = (ctx: TestContext): Promise<void> => requireMechanism(ctx, fork)

/**
 * Runs a scenario of a program.
 *
 * @param processes - How many meet at its barrier; 0 without one.
 * @returns What each process reported, by its name.
 */
export const runScenario = (
  program: string,
  scenario: string,
  options: object,
  processes: number,
): Promise<Map<string, unknown>> =>
  inFolder(async (folder) => {
    await runForking(folder, join(programs, program), [folder, scenario, JSON.stringify(options)], processes)
    return reportsIn(folder)
  })
