// Bundles each program to one CommonJS file, which is all that a snapshot can be built of, and starts it three times.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'rolldown'

const folder = mkdtempSync(join(tmpdir(), 'v8-snapshot-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
for (const name of ['without', 'with']) {
  const file = join(folder, `${name}.cjs`)
  const blob = join(folder, `${name}.blob`)
  await build({ input: join(import.meta.dirname, `${name}.mjs`), platform: 'node', output: { file, format: 'cjs' } })
  execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', file], { stdio: 'inherit' })
  for (let copy = 1; copy <= 3; copy++)
    console.log(
      `${name} atfork: ${execFileSync(process.execPath, ['--snapshot-blob', blob], { encoding: 'utf8' }).trim()}`,
    )
}
