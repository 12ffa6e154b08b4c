/** Checkpoints that go wrong. In CRIU's place is a script; the process to be copied is real, and must not be left behind. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { criu } from '../../src/audit/mechanisms/criu.ts'
import { ringObstacle } from '../../src/audit/mechanisms/criu-io-uring.ts'
import { builtHost, jobOf, sourceOf } from '../support/audit-job.ts'
import { inFolder } from '../support/clone.ts'
import { missing } from '../support/slow.ts'

vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string) => builtHost(name),
}))
beforeEach(async (ctx) => {
  if (process.platform !== 'linux') missing(ctx, 'it looks into /proc: run it on Linux')
  const obstacle = await ringObstacle()
  if (obstacle !== undefined) missing(ctx, `${obstacle.reason} (${obstacle.remedy})`)
})
afterEach(() => void vi.unstubAllEnvs())

// The arguments: dump    --images-dir $3 --log-file $5 --shell-job --tree $8
//                restore --images-dir $3 --log-file $5 --shell-job --action-script $8
const SIX_LINES = 'for line in 1 2 3 4 5 6; do echo $line; done >$3/$5; exit 1'
const DUMPED = 'kill -9 $8'
/** A restored process that has been told to draw. $report is the file to write. */
const RESTORED = `: >$3/resumed
  until [ -e $3/../go-1.json ]; do sleep 0.01; done
  report=$(sed 's/.*"report":"\\([^"]*\\)".*/\\1/' $3/../go-1.json)`

/** What the mechanism fails with, where the two commands do this. */
const failure = (dump: string, restore = 'exit 1', draw = "() => 'value'"): Promise<string> =>
  inFolder(async (folder) => {
    const program = join(folder, 'criu')
    const original = join(folder, 'pid')
    const script = `#!/bin/sh\ncase $1 in\ndump) echo $8 >${original}; ${dump};;\nrestore) ${restore};;\nesac\n`
    writeFileSync(program, script, { mode: 0o755 })
    vi.stubEnv('ATFORK_CRIU', program)
    const error = await criu.run(jobOf(sourceOf(folder, draw))).catch(String)
    if (existsSync(original)) expect(existsSync(`/proc/${readFileSync(original, 'utf8').trim()}`)).toBe(false)
    return String(error)
  })

test('the checkpoint fails: with the end of its log', async () => {
  expect(await failure(SIX_LINES)).toBe('Error: criu dump ended with exit code 1: 2\n3\n4\n5\n6')
  expect(await failure('exit 2')).toBe('Error: criu dump ended with exit code 2: no log')
  expect(await failure('kill -9 $$')).toBe('Error: criu dump ended with SIGKILL: no log')
})

test('the restore fails, or ends before there is a process', async () => {
  expect(await failure(DUMPED, SIX_LINES)).toBe('Error: criu restore ended with exit code 1: 2\n3\n4\n5\n6')
  expect(await failure(`${DUMPED}; rm $0`)).toMatch(/^Error: criu restore: spawn .* ENOENT$/)
  expect(await failure(DUMPED, 'exit 0')).toBe('Error: the process ended before its time')
})

test('the restored process has an error to tell, ends without a report, or badly after it', async () => {
  const told = `${RESTORED}; echo '{"error":"Error: no entropy"}' >$report`
  expect(await failure(DUMPED, told)).toBe('Error: Error: no entropy')
  expect(await failure(DUMPED, RESTORED)).toBe('Error: the process ended before its time')
  const reported = `${RESTORED}; cp $3/../report-original-0.json $report; exit 3`
  expect(await failure(DUMPED, reported)).toBe('Error: criu restore ended with exit code 3: no log')
})

test('the original ends before it has drawn, or cannot load a source', async () => {
  expect(await failure('', '', '() => process.exit(7)')).toBe('Error: the process to be copied ended with exit code 7')
  expect(await failure('', '', 'nowhere()')).toBe('Error: ReferenceError: nowhere is not defined')
})

test('it does not wait for an audit that is gone', () =>
  inFolder(async (folder) => {
    const job = join(folder, 'job.json')
    writeFileSync(job, JSON.stringify(jobOf()))
    const ended = await new Promise<number | undefined>((resolve) => {
      const { pid } = execFile(process.execPath, ['--eval', ''], () => resolve(pid))
    })
    const host = [builtHost('criu'), job, join(folder, 'go.json'), String(ended)]
    expect(await new Promise((resolve) => execFile(process.execPath, host, (error) => resolve(error?.code)))).toBe(1)
  }))
