/** What the exit code counts. */
import { describe, expect, test } from 'vitest'
import { countedSources, judge } from '../../src/audit/judge.ts'
import { CONTROL } from '../../src/audit/subject.ts'
import { RESULT } from '../support/audit-result.ts'

const [cell] = RESULT.cells as [(typeof RESULT.cells)[number]]
type Cell = typeof cell
const resultOf = (
  cells: Partial<Cell>[],
  columns: typeof RESULT.columns = [],
  notRun: typeof RESULT.notRun = [],
): typeof RESULT => ({ ...RESULT, cells: cells.map((changes) => ({ ...cell, ...changes })), columns, notRun })

describe('judge()', () => {
  const counts = new Set(['random', 'mine'])
  test.each<[string, Partial<Cell>[], number]>([
    ['nothing repeats', [{ source: 'random', verdict: 'distinct' }], 0],
    ['what does not count may repeat', [{ source: 'nanoid', verdict: 'repeats' }], 0],
    ['what counts repeats', [{ source: 'mine', verdict: 'repeats' }], 1],
    ['what counts is constant', [{ source: 'mine', verdict: 'constant' }], 1],
    ['what counts failed', [{ source: 'random', verdict: 'failed' }], 1],
  ])('%s', (_, cells, code) => {
    expect(judge(resultOf(cells), counts, true)).toBe(code)
  })

  test('random may repeat where its column says so; nothing else may, and nowhere else', () => {
    const columns = [
      { name: 'vm', summary: '', limit: 'pass it bytes' },
      { name: 'criu', summary: '' },
    ]
    const of = (source: string, column: string): number =>
      judge(resultOf([{ source, column, verdict: 'repeats' }], columns), counts, true)
    expect([of('random', 'vm'), of('mine', 'vm'), of('random', 'criu')]).toEqual([0, 1, 1])
  })

  test.each<[string, boolean, boolean, number]>([
    ['a mechanism that broke', false, false, 3],
    ['one that this machine lacks', false, true, 0],
    ['the same, and it was asked for', true, true, 3],
  ])('%s', (_, asked, missing, code) => {
    const notRun = [{ mechanism: 'criu', missing, reason: 'r', remedy: 'h' }]
    expect(judge(resultOf([], [], notRun), counts, asked)).toBe(code)
    expect(judge(resultOf([{ source: 'mine', verdict: 'repeats' }], [], notRun), counts, asked)).toBe(1)
  })
})

test('countedSources()', () => {
  const all = ['random', 'nanoid', CONTROL, 'sessionId (ids.mjs)']
  const own = ['sessionId (ids.mjs)']
  const counted = (failOn?: string): string[] => [...countedSources(failOn, all, own)]
  expect(counted()).toEqual(['random', ...own])
  expect(counted('all')).toEqual(['random', 'nanoid', ...own])
  expect(counted('nanoid,random')).toEqual(['nanoid', 'random'])
  expect(counted('sessionId')).toEqual(own)
  expect(() => counted('nanoid,other')).toThrow(
    new RangeError(`"--fail-on" expected 'all' or some of ${all.join(', ')}; got 'other'`),
  )
})
