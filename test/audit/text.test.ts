/** The table for a terminal. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test, vi } from 'vitest'
import { CONTROL } from '../../src/audit/subject.ts'
import { renderText } from '../../src/audit/text.ts'
import { RESULT } from '../support/audit-result.ts'

const cell = { values: 8, repeats: 0, alone: 0, unit: 'value' as const, streams: [] }
const cells = [
  { ...cell, source: 'random', column: 'fork', verdict: 'distinct' as const },
  { ...cell, source: 'random', column: 'snapshot', verdict: 'distinct' as const },
  { ...cell, source: 'nanoid', column: 'fork', verdict: 'repeats' as const, repeats: 1, remedy: 'use this' },
  {
    ...cell,
    source: 'nanoid',
    column: 'snapshot',
    verdict: 'repeats' as const,
    repeats: 20,
    remedy: 'use this',
  },
  { ...cell, source: 'mixed', column: 'fork', verdict: 'repeats' as const, repeats: 7, alone: 7 },
  { ...cell, source: 'mixed', column: 'snapshot', verdict: 'repeats' as const, repeats: 9, alone: 7 },
  { ...cell, source: 'one', column: 'fork', verdict: 'constant' as const },
  { ...cell, source: 'broken', column: 'snapshot', verdict: 'failed' as const, error: 'no such thing' },
  { ...cell, source: CONTROL, column: 'fork', verdict: 'repeats' as const, repeats: 5, remedy: 'not told' },
]
const healing = {
  uuidCache: 'emptied',
  intCache: 'emptied',
  libraryPools: 'none known',
  openssl: 'reseeded',
  detection: 'on',
} as const
const columns = [
  { name: 'fork', summary: 'forked', healing },
  { name: 'snapshot', summary: 'from a snapshot', healing },
]
const notRun = [{ mechanism: 'criu', missing: true, reason: 'there is none', remedy: 'install it' }]
const result = { ...RESULT, node: 'v20.0.0', platform: 'linux x64', copies: 8, draws: 64, cells, columns, notRun }

const TEXT = `8 copies, 64 draws of each source in each; Node v20.0.0 on linux x64

source   fork       snapshot
random   distinct   distinct
nanoid   1 repeat   20 repeats
mixed    7 alone    9 repeats*
one      constant   -
broken   -          failed
control  5 repeats  -

control: a generator that has to repeat in every column, or nothing was copied.
alone: repeats within one process, copied or not. *: some of them are.

+atfork: copies that call atfork() before they draw, which heals Node:
  UUIDs emptied; integers emptied; OpenSSL reseeded; libraries' pools none known

What to do:
  nanoid: use this
  one is constant: it returned the same value each time
  broken failed: no such thing

criu was not run: there is none
hint: install it
`

test('what was found, what the words mean, what to do, each once', () => {
  expect(renderText(result, false)).toBe(TEXT)
})

test('colours change nothing but colours', () => {
  vi.stubEnv('FORCE_COLOR', '1')
  vi.stubEnv('NO_COLOR', undefined)
  const coloured = renderText(result, true)
  vi.unstubAllEnvs()
  expect(coloured).not.toBe(TEXT)
  // The padding of a line's last cell is coloured, too.
  expect(stripVTControlCharacters(coloured).replace(/ +$/gm, '')).toBe(TEXT)
})

test('where nothing ran there is no table', () => {
  expect(renderText({ ...result, cells: [], columns: [] }, false)).toBe(
    '8 copies, 64 draws of each source in each; Node v20.0.0 on linux x64\n\ncriu was not run: there is none\nhint: install it\n',
  )
})
