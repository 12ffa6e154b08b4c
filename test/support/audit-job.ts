/** Jobs for mechanisms that are run by themselves, and users' sources for them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CONTROL, type Job, type SourceRef } from '../../src/audit/subject.ts'

/** Where the build lays a program of the audit: for vi.mock of mechanism.ts, whose own is of the built command. */
export const builtHost = (name: string): string =>
  fileURLToPath(new URL(`../../dist/audit/${name}.js`, import.meta.url))

/** Two copies, four draws from each source. */
export const jobOf = (...sources: SourceRef[]): Job => ({
  sources: [...sources, { name: CONTROL }],
  copies: 2,
  draws: 4,
  seed: 'seed',
  guard: false,
})

/** A source of the test's own: `draw` is the text of its function. */
export function sourceOf(folder: string, draw: string): SourceRef {
  const file = join(folder, 'mine.mjs')
  writeFileSync(file, `export const mine = ${draw}\n`)
  return { name: 'mine (mine.mjs)', from: { url: pathToFileURL(file).href, export: 'mine' } }
}
