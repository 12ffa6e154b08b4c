/** Processes that are started from one V8 startup snapshot, built after every source had been used. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlerObstacle, bundleSubject } from '../bundle.ts'
import { columnsOf, type Mechanism, makeCopies, withFolder } from '../mechanism.ts'
import { type Found, UNHEALED } from '../subject.ts'

const run = promisify(execFile)
/** A source that keeps the event loop alive keeps the snapshot from being built. */
const MAX_MS = 60_000

/**
 * The original draws while the snapshot is built; each copy draws when it is started. The report goes to a file: what
 * a user's module prints would be in its way on stdout.
 */
export const WRITE_REPORTS = `
const write = (found) => process.getBuiltinModule('fs').writeFileSync(process.env.ATFORK_REPORT, JSON.stringify(found))
subject.draw().then((report) => write({ report }))
process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(async () => {
  write(process.env.ATFORK_AUDIT_HEAL ? await subject.drawHealed() : { report: await subject.draw() })
  process.exit()
})
`

export const snapshot: Mechanism = {
  name: 'snapshot',
  summary: 'processes started from one V8 startup snapshot',
  needs: 'rolldown',
  byDefault: true,
  seconds: 3,
  obstacle: bundlerObstacle,
  run: (job) =>
    withFolder(job, async (folder, signal) => {
      const file = await bundleSubject(job, folder, WRITE_REPORTS)
      const blob = join(folder, 'snapshot.blob')
      const node = async (copy: number, heal: boolean, ...args: string[]): Promise<Found> => {
        const report = join(folder, `report-${copy}.json`)
        const env = { ...process.env, ...UNHEALED, ATFORK_REPORT: report, ATFORK_AUDIT_HEAL: heal ? '1' : '' }
        const limits = { timeout: MAX_MS, killSignal: 'SIGKILL', signal } as const
        await run(process.execPath, ['--snapshot-blob', blob, ...args], { env, ...limits })
        return JSON.parse(readFileSync(report, 'utf8'))
      }
      const original = await node(0, false, '--build-snapshot', file)
      return columnsOf(
        'snapshot',
        [original.report],
        ...(await makeCopies(job.copies, (copy, heal) => node(copy, heal))),
      )
    }),
}
