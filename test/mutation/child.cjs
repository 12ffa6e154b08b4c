// Preloaded in the processes and threads that a test starts: says at their end which mutants they have passed.
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')

const { ATFORK_MUTATION_SEEN: folder } = process.env

process.on('exit', () => {
  const coverage = globalThis.__stryker__?.mutantCoverage
  if (coverage === undefined) return
  const name = `${process.hrtime.bigint()}.json` // a pid would be the parent's after fork(2), a UUID too
  writeFileSync(join(folder, name), JSON.stringify(Object.keys(coverage.static)))
})
