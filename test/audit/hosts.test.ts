/**
 * The programs that an audit starts, each by itself: what they say and with which code they end. In the place of fork(2)
 * is an addon that says what each fork would, so that a copy is a process that can be looked at.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { type Found, UNHEALED } from '../../src/audit/subject.ts'
import { builtHost, jobOf, sourceOf } from '../support/audit-job.ts'
import { inFolder } from '../support/clone.ts'

const REPORT = [{ name: 'random' }, { name: 'control' }]
const JOB = jobOf({ name: 'random' })

describe('a child: ready, then a report once it is told to go, then an end if nothing keeps it', () => {
  const talk = async (child: ChildProcess | Worker, go: () => void): Promise<unknown[]> => {
    const [ready] = await once(child, 'message')
    const report = once(child, 'message')
    go()
    const [drawn] = await report
    return [ready, drawn]
  }

  test('process', async () => {
    const child = fork(builtHost('child'), [JSON.stringify(JOB)], { execArgv: [] })
    expect(await talk(child, () => child.send('go'))).toMatchObject(['ready', REPORT])
    const ended = once(child, 'exit')
    child.disconnect()
    expect(await ended).toEqual([0, null])
  })

  test('thread', async () => {
    const thread = new Worker(builtHost('child'), { workerData: JOB, execArgv: [] })
    const ended = once(thread, 'exit')
    expect(await talk(thread, () => thread.postMessage('go'))).toMatchObject(['ready', REPORT])
    expect(await ended).toEqual([0])
  })
})

describe('a process that forks', () => {
  const ADDON = `
  const say = (name) => JSON.parse(process.env[name])
  const [forks, waits] = [say('FORKS'), say('WAITS')]
  module.exports = {
    dieWithParent() {},
    fork() {
      const pid = forks.shift()
      globalThis.isCopy = pid === 0
      return pid
    },
    wait: () => waits.shift(),
    exit(code) {
      process.removeAllListeners('exit')
      process.exit(code)
    },
  }`

  interface Outcome {
    code: number
    stderr: string
    /** What it wrote to the barrier. */
    barrier: string
    report?: Found
  }

  /**
   * @param forks - What each fork gives: 0 in the copy.
   * @param waits - The exit codes of the copies.
   * @param draw - A source, in JavaScript.
   */
  const forking = (forks: number[], waits: number[], { draw = "() => 'value'", spoilt = '' } = {}): Promise<Outcome> =>
    inFolder(async (folder) => {
      const addon = join(folder, 'addon.cjs')
      writeFileSync(addon, ADDON)
      writeFileSync(join(folder, 'job.json'), JSON.stringify(jobOf({ name: 'random' }, sourceOf(folder, draw))))
      if (spoilt !== '') mkdirSync(join(folder, spoilt))
      const env = { ...process.env, ...UNHEALED, FORKS: JSON.stringify(forks), WAITS: JSON.stringify(waits) }
      const host = spawn(process.execPath, [builtHost('fork'), addon, folder], {
        env,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      })
      ;(host.stdio[3] as Writable).end() // all others are there
      const [stderr, barrier, [code]] = await Promise.all([
        text(host.stderr as Readable),
        text(host.stdio[3] as Readable),
        once(host, 'exit'),
      ])
      const file = join(folder, `report-${forks.indexOf(0) + 1}.json`)
      return { code, stderr, barrier, ...(code === 0 && { report: JSON.parse(readFileSync(file, 'utf8')) }) }
    })

  test('the original draws before, and waits for all copies', async () => {
    const { report, ...outcome } = await forking([11, 12, 13, 14], [0, 0, 0, 0])
    expect(outcome).toEqual({ code: 0, stderr: '', barrier: '' })
    expect(report?.report.map(({ name }) => name)).toEqual(['random', 'mine (mine.mjs)', 'control'])
  })

  test('a copy waits at the barrier, draws, and ends; the second half of them are healed before', async () => {
    const second = await forking([11, 0], [])
    expect(second).toMatchObject({ code: 0, stderr: '', barrier: '.' })
    expect(second.report?.healing).toBeUndefined()
    const third = await forking([11, 12, 0], [])
    expect(third).toMatchObject({ code: 0, stderr: '', barrier: '.' })
    expect(third.report?.healing).toMatchObject({ detection: expect.anything() })
  })

  test('what fails is told', async () => {
    expect(await forking([11, -1], [])).toMatchObject({ code: 1, stderr: 'fork(2) failed for copy 2 of 4\n' })
    expect(await forking([11, 12, 13, 14], [0, 139, 0, 0])).toMatchObject({
      code: 1,
      stderr: 'copy 2 ended with exit code 139\n',
    })
    const blocked = await forking([0], [], { spoilt: 'report-1.json' })
    expect(blocked).toMatchObject({ code: 1, stderr: expect.stringMatching(/EISDIR/) })
  })

  test.each([
    ['exits with 0', 'process.exit()', [1]],
    ['exits with 7', 'process.exit(7)', [7]],
    ['never answers', 'new Promise(() => {})', [1, 13]], // Node's own: an await that is not settled
  ])('a source that %s in a copy', async (_, inCopy, codes) => {
    const { code, stderr } = await forking([0], [], { draw: `() => globalThis.isCopy ? ${inCopy} : 'value'` })
    expect(codes).toContain(code)
    expect(stderr).toMatch(/^copy 1 ended before it had drawn from all sources$/m)
  })
})
