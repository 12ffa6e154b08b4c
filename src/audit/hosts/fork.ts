/** The process that is copied by fork(2), and its copies: draws, forks, waits for each; a copy waits for all, and draws. */
import { readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Found, type Job, loadSubject } from '../subject.ts'

/** native/fork-addon.c. */
interface ForkAddon {
  fork(): number
  wait(pid: number): number
  exit(code: number): never
  dieWithParent(): void
}

const STDERR = 2
const BARRIER = 3
const [addonFile, folder] = process.argv.slice(2) as [string, string]
const native: ForkAddon = createRequire(import.meta.url)(addonFile)
const job: Job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))

async function report(copy: number): Promise<void> {
  const found: Found = copy > job.copies ? await subject.drawHealed() : { report: await subject.draw() }
  writeFileSync(join(folder, `report-${copy}.json`), JSON.stringify(found))
}

/** The audit shows what is written here. */
function fail(code: number, message: string): never {
  writeSync(STDERR, `${message}\n`)
  return native.exit(code)
}

/** All that a copy does. It never returns. */
async function runCopy(copy: number): Promise<never> {
  native.dieWithParent()
  // A source ends the process, or never answers.
  process.once('exit', (code) => fail(code || 1, `copy ${copy} ended before it had drawn from all sources`))
  try {
    writeSync(BARRIER, '.')
    readSync(BARRIER, new Uint8Array(1)) // until all copies are there
    await report(copy)
    return native.exit(0)
  } catch (error) {
    return fail(1, inspect(error))
  }
}

native.dieWithParent()
const subject = await loadSubject(job)
await report(0)
const pids: number[] = []
for (let copy = 1; copy <= 2 * job.copies; copy++) {
  const pid = native.fork()
  if (pid === 0) await runCopy(copy)
  if (pid === -1) fail(1, `fork(2) failed for copy ${copy} of ${2 * job.copies}`)
  pids.push(pid)
}
pids.forEach((pid, i) => {
  const code = native.wait(pid)
  if (code !== 0) fail(1, `copy ${i + 1} ended with exit code ${code}`)
})
