/** `npm run bench`: HELP says what it does. */
import { writeFileSync } from 'node:fs'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { judge, limitOf, orphans, slowness } from './budgets.mjs'
import { chart } from './chart.mjs'
import { SECTIONS } from './sections/index.mjs'
import { measureOnce, median, summarise } from './summary.mjs'
import { ahead, misses, scaled, table } from './table.mjs'

/** How often --check measures each row. Their medians' median counts. */
const CHECK_RUNS = 5

const HELP = `Usage: npm run bench -- [options]

Prints ratios of two sides that were timed in turn, and writes bench/results.json and bench/results.svg.
Below 1 the left side is faster. bench/README.md says what each row means.

Options:
      --only A,B  these sections only, and no files: ${Object.keys(SECTIONS).join(', ')}
      --check     only what has a budget, ${CHECK_RUNS} times each, and no files
  -h, --help      print this

Exit codes: 0 done, 1 a budget is missed by more than a tenth (--check), 2 bad usage, 3 a row could not be measured
`

function fail(code, message) {
  process.stderr.write(`bench: error: ${message}\n`)
  process.exit(code)
}

function parse() {
  try {
    return parseArgs({
      options: { only: { type: 'string' }, check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    return fail(2, error.message)
  }
}

/** What is measured: section, row and its place in the section. */
function chosen({ only, check }) {
  const names = only?.split(',') ?? Object.keys(SECTIONS)
  const unknown = names.find((name) => !Object.hasOwn(SECTIONS, name))
  if (unknown !== undefined) fail(2, `"--only" expected some of ${Object.keys(SECTIONS).join(', ')}, got '${unknown}'`)
  return names
    .flatMap((section) => SECTIONS[section].map((row, index) => ({ section, row, index })))
    .filter(({ row }) => !check || limitOf(row.name) !== undefined)
}

const facts = () => ({
  node: process.version,
  openssl: process.versions.openssl,
  cpu: `${os.availableParallelism()} × ${os.cpus()[0]?.model ?? process.arch}`,
  kernel: `${os.type()} ${os.release()}`,
})

/** The rounds of one row, process by process. In a check each process counts as one. */
async function measure({ section, row, index }, check) {
  const results = []
  for (let runs = check ? CHECK_RUNS : row.processes; runs > 0; runs--) results.push(await measureOnce(section, index))
  return check ? results.map((result) => ({ ...result, values: [median(result.values)] })) : results
}

async function measureAll(work, check) {
  const rows = []
  const skipped = []
  for (const [done, item] of work.entries()) {
    const { section, row } = item
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done + 1} of ${work.length}: ${row.name}`)
    const obstacle = row.obstacle()
    if (obstacle === undefined) {
      const results = await measure(item, check).catch((error) => fail(3, `${row.name}: ${error.message}`))
      rows.push(summarise(section, row, results))
    } else {
      skipped.push(row.name)
      process.stderr.write(`skipped: ${row.name}: ${obstacle}\n`)
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return { rows, skipped }
}

const options = parse()
if (options.help) {
  process.stdout.write(HELP)
  process.exit()
}
const lost = orphans(Object.values(SECTIONS).flat())
if (lost.length > 0) fail(3, `no row has the name of these budgets: ${lost.join('; ')}`)
const work = chosen(options)
const about = facts()
if (work.length === 0) fail(2, '"--only" expected a section that has budgets, for --check')
const { rows: measured, skipped } = await measureAll(work, options.check)
const times = slowness(measured)
const rows = judge(measured)
process.stdout.write(`${Object.values(about).join(', ')}\n\n${table(rows)}\n`)
if (times !== undefined) process.stdout.write(`${scaled(times)}\n`)
if (options.check) {
  const text = misses(rows)
  for (const name of skipped) process.stdout.write(`Not checked: ${name}\n`)
  const met = skipped.length > 0 ? 'Every other budget is met.\n' : 'Every budget is met.\n'
  process.stdout.write(text === '' ? met : text)
  process.exitCode = text !== '' ? 1 : skipped.length > 0 ? 3 : 0
} else {
  process.stdout.write(ahead(rows))
  if (options.only === undefined) {
    writeFileSync(
      new URL('results.json', import.meta.url),
      `${JSON.stringify({ ...about, slowness: times, rows }, null, 2)}\n`,
    )
    writeFileSync(new URL('results.svg', import.meta.url), chart(rows, about.node))
  }
}
