/**
 * Lets Stryker see into the processes that tests start on the built package, which was built of the mutated source:
 * they are told which mutant is active, and tell which ones they have passed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach } from 'vitest'

interface Stryker {
  activeMutant?: string
  currentTestId?: string
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> }
}

const stryker = (globalThis as { __stryker__?: Stryker }).__stryker__ as Stryker
const folder = mkdtempSync(join(tmpdir(), 'atfork-mutation-'))
process.env.ATFORK_MUTATION_SEEN = folder
process.env.NODE_OPTIONS = `--require=${fileURLToPath(new URL('child.cjs', import.meta.url))}`

// A mutant is done with at its first failure: the smallest one takes as long as the whole test.
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true })

beforeEach(() => {
  if (stryker.activeMutant !== undefined) process.env.__STRYKER_ACTIVE_MUTANT__ = stryker.activeMutant
})

afterEach(() => {
  const id = stryker.currentTestId
  for (const file of readdirSync(folder)) {
    const seen = JSON.parse(readFileSync(join(folder, file), 'utf8')) as string[]
    rmSync(join(folder, file))
    if (id === undefined) continue
    stryker.mutantCoverage ??= { static: {}, perTest: {} }
    const { perTest } = stryker.mutantCoverage
    perTest[id] ??= {}
    for (const mutant of seen) perTest[id][mutant] = 1
  }
})

afterAll(() => rmSync(folder, { recursive: true }))
