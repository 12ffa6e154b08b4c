// Lays each subpath down as one ES module (rolldown), with its types beside it (tsc).
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { rolldown } from 'rolldown'

/** One file each, source to target. Whoever needs the generator imports 'atfork' itself: one state, however reached. */
const FILES = {
  'src/index.ts': 'dist/index.js',
  'src/register.ts': 'dist/register.js',
  'src/tweetnacl.ts': 'dist/tweetnacl.js',
  'src/triggers.ts': 'dist/triggers.js',
  'src/cli.ts': 'dist/cli.js',
  'src/audit/subject.ts': 'dist/audit/subject.js',
}
for (const name of readdirSync('src/audit/hosts'))
  FILES[`src/audit/hosts/${name}`] = `dist/audit/${name.replace(/ts$/, 'js')}`

/** For coverage and mutation testing: with source maps, which the package has not. Types stay as an earlier build made them. */
const measured = process.argv.includes('--measured')
const external = [/^node:/, /^@noble\/hashes/, 'atfork', 'atfork/register', 'tweetnacl', 'rolldown']

if (!measured) rmSync('dist', { recursive: true, force: true })
for (const [input, file] of Object.entries(FILES)) {
  const bundle = await rolldown({ input, external, platform: 'node' })
  await bundle.write({ file, format: 'esm', comments: false, sourcemap: measured })
  await bundle.close()
}
chmodSync('dist/cli.js', 0o755)
if (!measured) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
}
