/**
 * The process that is checkpointed: draws and reports whenever a go file appears, until one names no next.
 *
 *   node criu.js JOB-FILE GO-FILE AUDIT-PID
 *
 * A checkpoint is taken while it waits. What tells a restored process to go on must come from outside its memory:
 * a file that did not exist when the checkpoint was taken. It has no terminal, and no file open but /dev/null and the
 * kernel's random device: CRIU can restore that as often as one likes.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Found, type Job, loadSubject } from '../subject.ts'

/** What a go file says, as JSON. */
export interface Go {
  /** Where to write what was drawn. */
  report: string
  /** Whether it calls `atfork()` before it draws. */
  heal?: boolean
  /** The go file to wait for afterwards. Without: the end. */
  next?: string
}

/** What is written there. */
export type Outcome = Found | { error: string }

const POLL_MS = 10

/** Waits for a go file. Ends the process if the audit is gone: nobody would ever write one. */
async function waitFor(file: string, auditPid: number): Promise<Go> {
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      // not there yet
    }
    try {
      process.kill(auditPid, 0)
    } catch {
      process.exit(1)
    }
    await sleep(POLL_MS)
  }
}

/** At once, so that nobody reads half of it. */
function writeOutcome(file: string, outcome: Outcome): void {
  writeFileSync(`${file}.part`, JSON.stringify(outcome))
  renameSync(`${file}.part`, file)
}

const [jobFile, firstGo, audit] = process.argv.slice(2) as [string, string, string]
let goFile: string | undefined = firstGo
const loading = loadSubject(JSON.parse(readFileSync(jobFile, 'utf8')) as Job)
loading.catch(() => {}) // told in the first outcome
while (goFile !== undefined) {
  const go: Go = await waitFor(goFile, Number(audit))
  try {
    const subject = await loading
    writeOutcome(go.report, go.heal ? await subject.drawHealed() : { report: await subject.draw() })
  } catch (error) {
    writeOutcome(go.report, { error: String(error) })
  }
  goFile = go.next
}
