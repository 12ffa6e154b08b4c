/** The page as text: complete, nothing from elsewhere, and no name or value becomes markup. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareSource } from '../../src/audit/compare.ts'
import { renderHtml } from '../../src/audit/html.ts'
import { html } from '../../src/audit/markup.ts'
import { describe as inWords, nameAll, picture } from '../../src/audit/picture.ts'
import { CONTROL } from '../../src/audit/subject.ts'
import { HOSTILE, RESULT } from '../support/audit-result.ts'

const page = renderHtml(RESULT)
const ids = (text: string): string[] => [...text.matchAll(/ id="([^"]*)"/g)].map((match) => match[1] as string)
const links = (text: string): string[] => [...text.matchAll(/ href="([^"]*)"/g)].map((match) => match[1] as string)
/** The evidence of one cell. */
const evidenceOf = (index: number): string =>
  new RegExp(`<(section|details)[^>]* id="cell-${index}"[\\s\\S]*?</\\1>`).exec(page)?.[0] ?? ''
const indexOf = (source: string, column: string): number =>
  RESULT.cells.findIndex((cell) => cell.source === source && cell.column === column)

test('each cell stands in the table once, with its word and a link to its evidence', () => {
  const body = /<tbody>[\s\S]*<\/tbody>/.exec(page)?.[0] ?? ''
  for (const [i, { verdict }] of RESULT.cells.entries()) {
    expect(body.split(`href="#cell-${i}"`)).toHaveLength(2)
    expect(body).toMatch(new RegExp(`href="#cell-${i}"><span[^>]*>.</span>${verdict}`))
    expect(evidenceOf(i)).toContain(verdict)
  }
  expect(body.match(/<td/g)).toHaveLength(8 * 2 + 1) // 8 sources in 2 columns, and the one that was not run
  expect(body.match(/not tried/g)).toHaveLength(4)
})

test('every id is there once, and every link leads to one', () => {
  expect(new Set(ids(page)).size).toBe(ids(page).length)
  for (const link of links(page)) expect(ids(page)).toContain(link.slice(1))
})

test('the table has a caption, and all its heads a scope', () => {
  expect(page).toMatch(/<table>\s*<caption/)
  expect(page).not.toMatch(/<th(?! scope=)[ >]/)
  expect(page).toMatch(/<html lang="en">/)
  expect(page).toMatch(/<title>atfork audit: 4 repeating<\/title>/)
})

test('headings follow one another without a gap', () => {
  const levels = [...page.matchAll(/<h(\d)/g)].map((match) => Number(match[1]))
  expect(levels[0]).toBe(1)
  for (const [i, level] of levels.slice(1).entries()) expect(level - (levels[i] as number)).toBeLessThanOrEqual(1)
  expect(levels.filter((level) => level === 1)).toHaveLength(1)
})

test('what ran, where and when', () => {
  for (const text of ['v20.19.0', 'linux x64', '2026-01-02 03:04:05 UTC', 'workers of node:cluster'])
    expect(page).toContain(text)
  expect(page).toContain('apt-get install criu')
  expect(page).toContain('and a second line')
})

test('a red cell shows what repeated first, who drew it, and what to do', () => {
  const text = evidenceOf(indexOf('crypto.randomUUID', 'snapshot'))
  expect(text).toContain('class="value first">1-0<')
  expect(text).toContain('no. 1 of copy 1 and again as no. 1 of copy 2')
  expect(text).toContain('drawn by copies 1 to 4')
  expect(text).toContain('random.uuid()')
  expect(text).toContain('Equal rows: copies 1 to 4.')
  const unknown = evidenceOf(indexOf('late', 'snapshot'))
  expect(unknown).toContain('What to do:')
  expect(unknown).toContain('no. 40 of original')
  expect(unknown).toMatch(/None of the 160 values shown/)
})

test('a distinct cell and the control can be opened, and ask for nothing', () => {
  for (const [source, column] of [
    ['random', 'snapshot'],
    [CONTROL, 'cluster'],
  ] as const) {
    const text = evidenceOf(indexOf(source, column))
    expect(text).toMatch(/^<details/)
    expect(text).toContain('<svg')
    expect(text).not.toContain('What to do')
  }
})

test('no name, value or error becomes markup', () => {
  expect(page).toContain('&quot;&#39;&gt;&lt;script&gt;document')
  // Control: unescaped it would be found.
  expect(`${page}${HOSTILE}`).toMatch(/<script|<img/)
  expect(page).not.toMatch(/<script|<img|\u202e/)
  expect(page).toContain('\\u{202e}')
  expect(page.split('y'.repeat(201))).toHaveLength(1)
})

test('any text stays text', () => {
  const text = fc.string({ unit: fc.constantFrom(...`a<>"'&;=\n\t\0\u202e\u2028é`, '\ud800', '\udc00', '\u{1f600}') })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const made = html`<p title="${a}">${b}</p>`.text
      expect(made).toMatch(/^<p title="[^"<>']*">[^<>"']*<\/p>$/)
      expect(made).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}]/u)
    }),
  )
})

test('nothing from elsewhere: no address but its own anchors, and a policy that allows only its own style', () => {
  const tags = (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, '='))
  const kinds = new Set(tags.map((tag) => /^<[!/]?(\w+)/.exec(tag)?.[1]))
  for (const kind of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'form', 'base', 'use'])
    expect(kinds).not.toContain(kind)
  const attributes = new Set(tags.flatMap((tag) => tag.match(/[\w-]+(?==)/g) ?? []))
  expect(attributes).toContain('href')
  for (const name of attributes) expect(name).not.toMatch(/^(src|srcset|action|style|xlink|on)/)
  for (const link of links(page)) expect(link).toMatch(/^#/)
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? ''
  expect(style).not.toMatch(/url\(|@import/)
  const hash = createHash('sha256').update(style).digest('base64')
  expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;`)
})

test('an audit in which nothing ran is no pass', () => {
  const text = renderHtml({ ...RESULT, columns: [], cells: [] })
  expect(text).toContain('class="lead bad"')
  expect(text).toContain('No mechanism gave a result')
  expect(text).toContain('apt-get install criu')
})

test('an audit in which nothing repeated says so', () => {
  const cells = RESULT.cells.filter(({ source, verdict }) => source === CONTROL || verdict === 'distinct')
  const text = renderHtml({ ...RESULT, cells, notRun: [] })
  expect(text).toContain('class="lead"')
  expect(text).toContain('0 of 4 cells repeat.')
  expect(text).toContain('never repeated.')
})

test('it says so if random did not hold', () => {
  const cells = RESULT.cells.map((cell) =>
    cell.source === 'crypto.randomUUID' && cell.verdict === 'repeats' ? { ...cell, source: 'random' } : cell,
  )
  expect(renderHtml({ ...RESULT, cells })).toContain('did not hold')
  expect(page).not.toContain('did not hold')
})

/** The squares of each row, by their place and colours: row, then `x:colours`. */
function squaresOf(svg: string): string[][] {
  const rows: string[][] = []
  for (const [, kind, d] of svg.matchAll(/class="([hk]\d+)" d="([^"]*)"/g))
    for (const [, x, y] of (d as string).matchAll(/M([\d.]+) (\d+)\.5h/g)) {
      rows[Number(y)] ??= []
      rows[Number(y)]?.push(`${Math.floor(Number(x))}:${kind}`)
    }
  return rows.map((row) => row.sort())
}

test('equal rows are drawn equal, and distinct ones are not', () => {
  const rows = squaresOf(picture(['0 1 2 3', '4 5 6 7', '4 5 6 7', '8 9 10 11'], '').text)
  expect(rows).toHaveLength(4)
  expect(rows[1]).toEqual(rows[2])
  expect(rows[1]).toHaveLength(8) // each square has its core
  expect(rows[0]).toHaveLength(4)
  expect(rows[0]).not.toEqual(rows[3])
})

test('streams: the same number for equal values and only for those', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(20), { minLength: 2 }), { minLength: 2 }), (copies) => {
      const make = (values: number[]) => ({
        name: 's',
        comparison: 'whole' as const,
        values: values.map(String),
        bytes: false,
      })
      const { streams } = compareSource('s', 'c', copies.map(make))
      const numbers = streams.flatMap((row) => row.split(' '))
      const values = copies.flatMap((row) => row.slice(0, 32))
      expect(numbers).toHaveLength(values.length)
      for (const [i, value] of values.entries())
        expect(numbers.indexOf(numbers[i] as string)).toBe(values.indexOf(value))
    }),
  )
})

test('who drew what, in words', () => {
  expect(nameAll([0])).toBe('the original')
  expect(nameAll([0, 1])).toBe('the original and copy 1')
  expect(nameAll([0, 1, 2, 3, 8])).toBe('the original, copies 1 to 3 and copy 8')
  expect(inWords(['0 1', '2 3', '3 4'], 'values')).toMatch(/1 of the 5 values shown/)
  expect(inWords(['0 1', '0 1', '2 3', '2 3'], 'values')).toBe('Equal rows: the original and copy 1; copies 2 to 3.')
  expect(inWords(['', ''], 'values')).not.toMatch(/Equal/)
})

test('one of a thing is told in the singular, and a remedy that is a sentence stays one', () => {
  const [cell] = RESULT.cells.filter(({ verdict }) => verdict === 'repeats')
  const one = { ...cell, source: 'mine', column: 'cluster', repeats: 1, unit: 'value', remedy: 'Draw it from random.' }
  const text = renderHtml({ ...RESULT, cells: [one as (typeof RESULT.cells)[number]], notRun: [] })
  expect(text).toContain('<strong>1 of 1 cell repeats:</strong>')
  expect(text).toMatch(/<p>1 value had been drawn before, among/)
  expect(text).toContain('</strong> Draw it from random.</p>')
  expect(text).toMatch(/1 time\b/)
})

test('what is said of random: that it held, or held but where documented, or did not; nothing if it was not drawn', () => {
  const random = (column: string, verdict: 'distinct' | 'repeats') =>
    ({ ...RESULT.cells[0], source: 'random', column, verdict, repeats: 3 }) as (typeof RESULT.cells)[number]
  const columns = [
    { name: 'vm', summary: '', limit: 'pass it bytes' },
    { name: 'fork', summary: '' },
  ]
  const leadOf = (cells: (typeof RESULT.cells)[number][]): string =>
    /<div class="lead[\s\S]*?<\/div>/.exec(renderHtml({ ...RESULT, columns, cells, notRun: [] }))?.[0] ?? ''
  expect(leadOf([random('vm', 'distinct'), random('fork', 'distinct')])).toContain('</code> of atfork never repeated.')
  expect(leadOf([random('vm', 'repeats'), random('fork', 'distinct')])).toContain(
    'only where nothing in the copies differs',
  )
  expect(leadOf([random('vm', 'repeats'), random('fork', 'repeats')])).toContain('<strong>did not hold.</strong>')
  expect(leadOf([{ ...random('fork', 'distinct'), source: 'nanoid' }])).not.toContain('<code>random</code>')
})
