/** A deliberately broken build of the package: what the audit has to catch, wherever memory is copied. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import type { SourceRef } from '../../src/audit/subject.ts'
import { mutate, type Replacement, src } from './mutate.ts'

/** No kernel bytes in a draw: zeros, as within maxAge. */
export const UNMIXED: Replacement = ['pool.ts', 'this.#source.read(kernel.bytes, 0, asked)\n', '\n']

/** What is taken out. */
const REPLACEMENTS: readonly Replacement[] = [
  UNMIXED,
  // A refill does not look whether the process was copied.
  ['lifecycle/atfork.ts', 'const noticed = noticeCopy()\n', 'const noticed = undefined\n'],
  // atfork() does nothing.
  ['lifecycle/atfork.ts', "  recordCopy(noticeCopy() ?? 'manual', bytes)\n", '  return\n'],
  // A record of its own: that of the real package in the same process has to stay what it is.
  ['lifecycle/record.ts', "'atfork:1'", "'atfork:broken'"],
]

const ENTRY = `
import { atfork, random } from ${JSON.stringify(src('index.ts'))}
export const broken = () => (atfork(), random(16))
`

/**
 * Builds it as one ES module in `folder`. Its source draws 16 bytes from `random`, and calls `atfork()` before:
 * with the kernel's bytes or with `atfork()` left in it would not repeat in a copy, and with the detection left in not
 * for longer than a pool lasts.
 *
 * @returns The source, for a job.
 */
export async function brokenBuild(folder: string): Promise<SourceRef> {
  const input = 'broken-entry'
  const entry: Plugin = {
    name: 'entry',
    resolveId: (id) => (id === input ? id : null),
    load: (id) => (id === input ? ENTRY : null),
  }
  const bundle = await rolldown({ input, plugins: [entry, mutate(REPLACEMENTS)], platform: 'node', logLevel: 'silent' })
  const file = join(folder, 'broken.mjs')
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  return { name: 'broken build', from: { url: pathToFileURL(file).href, export: 'broken' } }
}
