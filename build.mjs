// Lays each subpath down as one ES module (rolldown), with its types beside it (tsc).
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

/** One file each. A subpath that needs the generator imports 'atfork' itself: one state, however it is reached. */
const ENTRIES = ['index', 'tweetnacl']
const EXTERNAL = [/^node:/, /^@noble\/hashes/, 'atfork', 'tweetnacl', 'rolldown']

rmSync('dist', { recursive: true, force: true })
for (const name of ENTRIES) {
  const bundle = await rolldown({ input: `src/${name}.ts`, external: EXTERNAL, platform: 'node' })
  await bundle.write({ file: `dist/${name}.js`, format: 'esm', comments: false })
  await bundle.close()
}
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
