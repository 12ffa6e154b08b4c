/** Compares the mutants that no test has noticed with those that survivors.json explains: by their text, not their place. */
import { existsSync, readFileSync } from 'node:fs'

const LONGEST = 200
const oneLine = (text) => text.replace(/\s+/g, ' ').trim().slice(0, LONGEST)

/** A mutant as the code that it stands in, before and after. */
function described(file, source, { location: { start, end }, replacement }) {
  const lines = source.split('\n')
  const before = lines[start.line - 1].slice(0, start.column - 1)
  const after = lines[end.line - 1].slice(end.column - 1)
  const from = lines.slice(start.line - 1, end.line).join('\n')
  return { file, from: oneLine(from), to: oneLine(before + replacement + after) }
}

const key = ({ file, from, to }) => JSON.stringify([file, from, to])

/** What a run has found: how many mutants had which end, and those that no test has noticed. */
export function read(reportFile) {
  const counts = {}
  const survivors = []
  const { files } = JSON.parse(readFileSync(reportFile, 'utf8'))
  for (const [file, { source, mutants }] of Object.entries(files))
    for (const mutant of mutants) {
      counts[mutant.status] = (counts[mutant.status] ?? 0) + 1
      if (mutant.status === 'Survived' || mutant.status === 'NoCoverage')
        survivors.push({ ...described(file, source, mutant), line: mutant.location.start.line })
    }
  return { counts, survivors }
}

const LIST = new URL('survivors.json', import.meta.url)
const explained = new Set(
  JSON.parse(readFileSync(LIST, 'utf8')).flatMap(({ file, mutants }) =>
    mutants.map(([from, to]) => key({ file, from, to })),
  ),
)

/** Prints the figures of each group, and what is not explained. Returns how many mutants that are. */
export function check(names) {
  let unknown = 0
  for (const name of names) {
    const report = `coverage/mutation/${name}.json`
    if (!existsSync(report)) throw new Error(`there is no ${report}: Stryker has not come to an end`)
    const { counts, survivors } = read(report)
    const unexplained = survivors.filter((survivor) => !explained.has(key(survivor)))
    unknown += unexplained.length
    const { Killed = 0, Timeout = 0, CompileError = 0, RuntimeError = 0 } = counts
    const all = survivors.length + Killed + Timeout + CompileError + RuntimeError
    const known = survivors.length - unexplained.length
    console.log(
      `${name}: ${all} mutants, ${Killed} killed, ${Timeout} timed out, ${CompileError + RuntimeError} did not run, ${survivors.length} survived, ${known} of them explained`,
    )
    for (const { file, line, from, to } of unexplained) console.log(`  ${file}:${line}\n  - ${from}\n  + ${to}`)
  }
  return unknown
}
