/** What comes of an audit whose mechanisms find, lack or break something; and what is compared. */
import { describe, expect, test } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { compareColumn, compareSource } from '../../src/audit/compare.ts'
import type { Column, Mechanism } from '../../src/audit/mechanism.ts'
import { CONTROL, createSubject, type Drawn, type Job, loadSubject } from '../../src/audit/subject.ts'
import { jobOf } from '../support/audit-job.ts'

const drawn = (name: string, ...values: string[]): Drawn => ({ name, comparison: 'auto', values, bytes: false })
const report = (random: string): Drawn[] => [drawn('random', random), drawn(CONTROL, 'same')]
const COLUMN: Column = { name: 'moved', reports: [report('a'), report('b'), report('c')] }

const mechanism = (name: string, changes: Partial<Mechanism> = {}): Mechanism => ({
  name,
  summary: `what ${name} does`,
  needs: 'nothing',
  byDefault: true,
  seconds: 5,
  obstacle: async () => undefined,
  run: async () => [COLUMN],
  ...changes,
})

describe('audit()', () => {
  test('columns and cells of all that ran; reasons of all that did not, and the rest goes on', async () => {
    const left: [string, number][] = []
    const mechanisms = [
      mechanism('lacking', { obstacle: async () => ({ reason: 'no gcc', remedy: 'install it' }) }),
      mechanism('broken', { run: () => Promise.reject(new Error('it broke')) }),
      mechanism('idle', {
        run: async () => [{ name: 'idle', reports: [report('a'), [drawn('random', 'b'), drawn(CONTROL, 'another')]] }],
      }),
      mechanism('empty', { run: async () => [] }),
      mechanism('without reports', { run: async () => [{ name: 'none', reports: [] }] }),
      mechanism('without copies', { run: async () => [{ name: 'alone', reports: [report('a')] }] }),
      mechanism('working'),
    ]
    const plan = { mechanisms, sources: [{ name: 'random' }, { name: CONTROL }], copies: 2, draws: 4 }
    const { columns, cells, notRun } = await audit(plan, ({ name }, seconds) => left.push([name, seconds]))
    const broken = { missing: false, remedy: 'report this, with what it says' }
    const uncopied = {
      missing: false,
      reason: 'the control did not repeat: nothing was copied',
      remedy: 'report this',
    }
    expect(notRun).toEqual([
      { mechanism: 'lacking', missing: true, reason: 'no gcc', remedy: 'install it' },
      { mechanism: 'broken', ...broken, reason: 'Error: it broke' },
      { mechanism: 'idle', ...uncopied },
      { mechanism: 'empty', ...uncopied },
      { mechanism: 'without reports', ...uncopied },
      { mechanism: 'without copies', ...broken, reason: 'Error: alone made no copy' },
    ])
    expect(columns).toEqual([{ name: 'moved', summary: 'what working does' }])
    expect(cells.map(({ source, verdict }) => [source, verdict])).toEqual([
      ['random', 'distinct'],
      [CONTROL, 'repeats'],
    ])
    expect(left.map(([, seconds]) => seconds)).toEqual([35, 30, 25, 20, 15, 10, 5])
  })
})

describe('what is compared', () => {
  const bytes = (...values: string[]): Drawn => ({ name: 'mine', comparison: 'auto', values, bytes: true })

  test('bytes that are shorter than a block are compared as they are', () => {
    expect(compareSource('mine', 'fork', [bytes('aa', 'bb'), bytes('cc', 'bb')])).toMatchObject({
      verdict: 'repeats',
      repeats: 1,
      first: { value: 'bb', copies: [0, 1], at: [1, 1] },
    })
    expect(compareSource('mine', 'fork', [bytes('aa', 'bb'), bytes('cc', 'dd')]).verdict).toBe('distinct')
  })

  test('a source that gave no values in one process has failed', () => {
    const failed = { verdict: 'failed', error: 'it returned no values' }
    expect(compareSource('mine', 'fork', [bytes('aa'), bytes()])).toMatchObject(failed)
  })

  test("where a column says so, random's repeats have its remedy; nothing else has", () => {
    const reports = [report('a'), report('a')]
    const remedies = (column: Column): unknown[] => compareColumn(column).map(({ remedy }) => remedy)
    const [own, others] = remedies({ name: 'vm', reports })
    expect(remedies({ name: 'vm', reports, limit: 'pass it bytes' })).toEqual(['pass it bytes', others])
    expect(own).not.toBe('pass it bytes')
  })
})

describe('sources that are not there fail by themselves, and the others draw', () => {
  const errors = async (job: Job): Promise<(string | undefined)[]> =>
    (await createSubject(job, new Map()).draw()).map(({ error }) => error)

  test('an unknown name, and a module that was not loaded', async () => {
    const from = { url: 'file:///nowhere.mjs', export: 'mine' }
    const library = { url: 'file:///nowhere.mjs' }
    const job = jobOf({ name: 'dice' }, { name: 'mine', from }, { name: 'random-js', from: library })
    expect(await errors(job)).toEqual([
      'TypeError: there is no source "dice"',
      'TypeError: "mine" expected a function, got undefined',
      'TypeError: "random-js" has no nodeCrypto engine',
      undefined,
    ])
  })

  test('a module that cannot be loaded ends it: it would be a mistake of the call', async () => {
    const from = { url: 'file:///nowhere.mjs', export: 'mine' }
    await expect(loadSubject(jobOf({ name: 'mine', from }))).rejects.toThrow(/nowhere\.mjs/)
  })
})
