/** Processes that are started from one V8 startup snapshot, built after every source had been used. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlerObstacle, bundleSubject } from '../bundle.ts'
import { type Mechanism, withFolder } from '../mechanism.ts'
import type { Report } from '../subject.ts'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024

/** The original draws and prints while the snapshot is built; each copy draws and prints when it is started. */
const MAIN = `
const print = (report) => process.getBuiltinModule('fs').writeSync(1, JSON.stringify(report) + '\\n')
subject.draw().then(print)
process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(() => subject.draw().then(print))
`

export const snapshot: Mechanism = {
  name: 'snapshot',
  summary: 'processes started from one V8 startup snapshot',
  needs: 'rolldown',
  byDefault: true,
  seconds: 3,
  obstacle: bundlerObstacle,
  run: (job) =>
    withFolder(job, async (folder) => {
      const file = await bundleSubject(job, folder, MAIN)
      const blob = join(folder, 'snapshot.blob')
      const node = async (...args: string[]): Promise<Report> =>
        JSON.parse((await run(process.execPath, ['--snapshot-blob', blob, ...args], { maxBuffer: MAX_OUTPUT })).stdout)
      const original = await node('--build-snapshot', file)
      const copies = await Promise.all(Array.from({ length: job.copies }, () => node()))
      return [{ name: 'snapshot', reports: [original, ...copies] }]
    }),
}
