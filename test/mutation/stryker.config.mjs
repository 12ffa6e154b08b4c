/** Stryker, on the group that ATFORK_MUTATION names: see groups.mjs. Started by run.mjs. */
import { GROUPS } from './groups.mjs'

const name = process.env.ATFORK_MUTATION

export default {
  mutate: GROUPS[name].mutate,
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // Not only tests that import what is mutated: many start processes on the built package.
  vitest: { configFile: 'test/mutation/vitest.config.mjs', related: false },
  // Over the real build, whose types stay: the compiler finds none in mutated code.
  buildCommand: 'node build.mjs --measured',
  coverageAnalysis: 'perTest',
  tsconfigFile: 'none', // it would be rewritten by means of TypeScript's old API
  checkers: [],
  concurrency: 2,
  timeoutMS: 20_000,
  dryRunTimeoutMinutes: 15,
  tempDirName: 'coverage/mutation/sandbox',
  ignorePatterns: ['coverage', 'docs', 'bench'],
  allowEmpty: false,
  incrementalFile: `coverage/mutation/${name}.incremental.json`, // for --incremental
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `coverage/mutation/${name}.json` },
}
