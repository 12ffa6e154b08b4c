/** rngtest (FIPS 140-2) and dieharder, each at the end of a pipe that stream.mjs fills for as long as it is read. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'
import { missing } from '../support/slow.ts'

const run = promisify(execFile)
const STREAM = fileURLToPath(new URL('stream.mjs', import.meta.url))

/** Skips the test where a program is missing; fails it if ATFORK_REQUIRE_ALL is 1. */
export function requireBatteries(ctx: TestContext): void {
  const absent = ['dieharder', 'rngtest'].filter((name) => spawnSync(name, ['-h']).error !== undefined)
  if (absent.length > 0) missing(ctx, `${absent.join(' and ')} not found (apt-get install dieharder rng-tools5)`)
}

/** What readers, one after the other, print of a stream, and how many bytes of it they took. */
async function read(stream: string, readers: string, timeout: number): Promise<{ output: string; bytes: number }> {
  const script = `"$0" "$1" "$2" | { ${readers}\n}`
  const args = ['-o', 'pipefail', '-c', script, process.execPath, STREAM, stream]
  const { stdout, stderr } = await run('bash', args, { timeout, killSignal: 'SIGKILL' })
  const bytes = /^(\d+) bytes$/m.exec(stderr)?.[1]
  if (bytes === undefined) throw new Error(`expected the stream to say how much was read, got ${stderr}`)
  return { output: stdout, bytes: Number(bytes) }
}

/** Blocks of 20,000 bits, and how many of them fail one of the five tests of FIPS 140-2 (with change notice 1). */
export interface Fips {
  blocks: number
  failures: number
}

export async function rngtest(stream: string, blocks: number, timeout: number): Promise<Fips> {
  const { output } = await read(stream, `rngtest -c ${blocks} 2>&1 || [ $? = 1 ]`, timeout)
  const count = (name: string): number => Number(new RegExp(`FIPS 140-2 ${name}: (\\d+)`).exec(output)?.[1])
  const failures = count('failures')
  if (count('successes') + failures !== blocks) throw new Error(`expected ${blocks} blocks, got ${output}`)
  return { blocks, failures }
}

/** One p-value of dieharder. */
export interface Assessment {
  /** dieharder's number of the test, and its name with the variant. */
  test: number
  name: string
  p: number
  verdict: 'PASSED' | 'WEAK' | 'FAILED'
}

const FIELDS = ['test_name', 'ntuple', 'pvalues', 'assessment', 'no_whitespace']

/** Runs the tests, by their numbers, one after the other on one stream. */
export async function dieharder(
  stream: string,
  tests: readonly number[],
  timeout: number,
): Promise<{ assessments: Assessment[]; bytes: number }> {
  const fields = FIELDS.map((field) => `-D ${field}`).join(' ')
  const readers = tests.map((test) => `echo "test ${test}"; dieharder -g 200 -d ${test} ${fields}`).join('\n')
  const { output, bytes } = await read(stream, readers, timeout)
  let test = -1
  const assessments: Assessment[] = []
  for (const line of output.split('\n')) {
    const [name = '', ntuple, p, verdict] = line.split('|')
    if (name.startsWith('test ')) test = Number(name.slice(5))
    else if (verdict === 'PASSED' || verdict === 'WEAK' || verdict === 'FAILED')
      assessments.push({ test, name: `${name} ${ntuple}`, p: Number(p), verdict })
    else if (name !== '') throw new Error(`expected a line of dieharder's results, got ${line}`)
  }
  const silent = tests.filter((test) => !assessments.some((assessment) => assessment.test === test))
  if (silent.length > 0) throw new Error(`expected results of each test, got none of ${silent.join(', ')}`)
  return { assessments, bytes }
}
