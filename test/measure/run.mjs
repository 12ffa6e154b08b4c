/**
 * Coverage of lines and branches: `node test/measure/run.mjs [vitest's arguments]`, after a build. Ends with 1 if a test
 * fails, or below 98 %.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import libCoverage from 'istanbul-lib-coverage'
import libReport from 'istanbul-lib-report'
import reports from 'istanbul-reports'
import { childrenCoverage } from './children.mjs'
import { add } from './merge.mjs'

const AT_LEAST = 98 // percent
const CHILDREN = 'coverage/children'

for (const folder of [CHILDREN, 'coverage/tests']) rmSync(folder, { recursive: true, force: true })
mkdirSync(CHILDREN, { recursive: true })
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0
const built = node('build.mjs', '--measured')
const tested =
  built &&
  node('node_modules/vitest/vitest.mjs', 'run', '--config=test/measure/vitest.config.mjs', ...process.argv.slice(2))

const files = JSON.parse(readFileSync('coverage/tests/coverage-final.json', 'utf8'))
for (const coverage of await childrenCoverage(CHILDREN))
  for (const [file, more] of Object.entries(coverage)) if (file in files) add(files[file], more)

const coverageMap = libCoverage.createCoverageMap(files)
const context = libReport.createContext({ dir: 'coverage', coverageMap })
for (const name of ['text', 'json-summary', 'html-spa']) reports.create(name).execute(context)
const { lines, branches } = coverageMap.getCoverageSummary()
const enough = Math.min(lines.pct, branches.pct) >= AT_LEAST
console.log(`lines ${lines.pct} %, branches ${branches.pct} %: ${enough ? '' : 'not '}at least ${AT_LEAST} %`)
process.exitCode = tested && enough ? 0 : 1
