// Makes an executable of app.mjs, with a snapshot in it, and starts it three times.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'rolldown'

const folder = mkdtempSync(join(tmpdir(), 'single-executable-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const [main, blob, app, config] = ['app.cjs', 'app.blob', 'app', 'config.json'].map((name) => join(folder, name))
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const QUIET = { stdio: 'pipe' } // still in the error, if there is one

await build({ input: join(import.meta.dirname, 'app.mjs'), platform: 'node', output: { file: main, format: 'cjs' } })
const byNode = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' }).includes('--build-sea')
const output = byNode ? app : blob
writeFileSync(config, JSON.stringify({ main, output, useSnapshot: true, disableExperimentalSEAWarning: true }))
execFileSync(process.execPath, [byNode ? '--build-sea' : '--experimental-sea-config', config], QUIET)
if (!byNode) {
  // Before Node 26 the contents are put into a copy of Node by another tool.
  copyFileSync(process.execPath, app)
  execFileSync('npx', ['--yes', 'postject@1.0.0-alpha.6', app, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE], QUIET)
}
for (let copy = 1; copy <= 3; copy++) console.log(execFileSync(app, { encoding: 'utf8' }).trim())
