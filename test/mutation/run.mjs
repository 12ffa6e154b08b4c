/**
 * Mutation testing: `node test/mutation/run.mjs [group...] [-- Stryker's options]`. Ends with 1 if a mutant has survived
 * that survivors.json does not explain.
 */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { GROUPS } from './groups.mjs'
import { check } from './survivors.mjs'

const args = process.argv.slice(2)
const end = args.includes('--') ? args.indexOf('--') : args.length
const names = end > 0 ? args.slice(0, end) : Object.keys(GROUPS)
const stryker = createRequire(import.meta.url)
  .resolve('@stryker-mutator/core/package.json')
  .replace('package.json', 'bin/stryker.js')

for (const name of names) {
  rmSync(`coverage/mutation/${name}.json`, { force: true })
  const command = [stryker, 'run', 'test/mutation/stryker.config.mjs', ...args.slice(end + 1)]
  spawnSync(process.execPath, command, { stdio: 'inherit', env: { ...process.env, ATFORK_MUTATION: name } })
}
process.exitCode = check(names) === 0 ? 0 : 1
