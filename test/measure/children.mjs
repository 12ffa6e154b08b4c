/**
 * The coverage that children have written, as a map of the source. They ran the built package, or a bundle of the
 * source in a startup snapshot, and both have source maps.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mergeScriptCovs } from '@bcoe/v8-coverage'
import toIstanbul from 'ast-v8-to-istanbul'
import { parseAstAsync } from 'vitest/node'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DIST = join(ROOT, 'dist/')

/** Where the code of a script still stands: the folders of snapshots are gone, and their bundles were kept aside. */
function codeOf(url, folder) {
  if (!url.startsWith('file:')) return undefined
  const file = fileURLToPath(url)
  if (file.startsWith(DIST)) return file
  const kept = join(folder, `${basename(dirname(file))}.cjs`)
  return basename(file) === 'bundle.cjs' && existsSync(kept) ? kept : undefined
}

/** By file of code, what each process has said of it. */
function read(folder) {
  const scripts = new Map()
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json')) continue
    for (const { url, functions } of JSON.parse(readFileSync(join(folder, name), 'utf8')).result) {
      const file = codeOf(url, folder)
      if (file === undefined) continue
      // Of what was compiled before (a snapshot's code) V8 knows only whether it was called, not which branch was taken.
      const known = functions.filter(({ isBlockCoverage, ranges }) => isBlockCoverage || ranges[0].count === 0)
      if (!scripts.has(file)) scripts.set(file, [])
      scripts.get(file).push({ scriptId: '0', url, functions: known })
    }
  }
  return scripts
}

async function convert(file, scripts) {
  const code = readFileSync(file, 'utf8')
  const inline = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)\s*$/.exec(code)?.[1]
  const sourceMap = JSON.parse(inline ? Buffer.from(inline, 'base64').toString() : readFileSync(`${file}.map`, 'utf8'))
  const coverage = mergeScriptCovs(scripts)
  return await toIstanbul({ code, sourceMap, coverage, ast: await parseAstAsync(code) })
}

/**
 * @param folder - That of NODE_V8_COVERAGE.
 * @returns One coverage, by file of the source, for each file of code.
 */
export async function childrenCoverage(folder) {
  const all = []
  for (const [file, scripts] of read(folder)) all.push(await convert(file, scripts))
  return all
}
