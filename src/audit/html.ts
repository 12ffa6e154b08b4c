/**
 * The result as one page that needs nothing else: no script, no image, no font, nothing from elsewhere. Its policy
 * (CSP) lets the browser load nothing and apply this style only, so that not even a hostile source name could.
 */
import { createHash } from 'node:crypto'
import type { NotRun, Result } from './audit.ts'
import type { Cell } from './compare.ts'
import { details, section } from './html-cell.ts'
import { STYLE } from './html-style.ts'
import { renderTable } from './html-table.ts'
import { isDocumented } from './judge.ts'
import { html, Markup } from './markup.ts'
import { copyName, picture } from './picture.ts'
import { CONTROL } from './subject.ts'

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

const isControl = ({ source }: Cell): boolean => source === CONTROL
const isUnclear = ({ verdict }: Cell): boolean => verdict === 'constant' || verdict === 'failed'

/** A heading and what it stands over; nothing over nothing. */
const part = (id: string, title: string, about: string, content: readonly Markup[]): Markup =>
  content.length === 0
    ? html``
    : html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p>${about}</p>
${content}
</section>`

/** The first thing to read: what repeats, and whether `random` did. */
function lead({ cells, columns, notRun }: Result): Markup {
  const tried = cells.filter((cell) => !isControl(cell))
  const red = tried.filter(({ verdict }) => verdict === 'repeats')
  const unclear = tried.filter(isUnclear).length
  const random = tried.filter(({ source }) => source === 'random')
  const bad = red.length + unclear + notRun.length > 0 || tried.length === 0
  const sources = [...new Set(red.map(({ source }) => source))].map(
    (name, i) => html`${i > 0 ? ', ' : ''}<code>${name}</code>`,
  )
  const held = random.every((cell) => cell.verdict === 'distinct' || isDocumented(cell, columns))
  const limited = random.some((cell) => cell.verdict === 'repeats' && isDocumented(cell, columns))
  return html`<div class="lead${bad ? ' bad' : ''}">
<p><strong>${red.length} of ${plural(tried.length, 'cell')} ${red.length === 1 ? 'repeats' : 'repeat'}${red.length === 0 ? '.' : ':'}</strong> ${sources}</p>
<p>${random.length > 0 && html`<code>random</code> of atfork ${held ? (limited ? 'repeated only where nothing in the copies differs, as documented.' : 'never repeated.') : html`<strong>did not hold.</strong>`}`}
${unclear > 0 && html`${plural(unclear, 'cell')} could not be judged.`}
${notRun.length > 0 && html`${plural(notRun.length, 'mechanism')} <a href="#not-run">did not run</a>, which is no pass.`}</p>
</div>`
}

const facts = ({ date, node, platform, copies, draws }: Result): Markup => html`<dl class="facts">
<div><dt>Date</dt><dd><time datetime="${date}">${date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></dd></div>
<div><dt>Node</dt><dd>${node}</dd></div>
<div><dt>Platform</dt><dd>${platform}</dd></div>
<div><dt>Copies</dt><dd>${copies}</dd></div>
<div><dt>Draws of each source in each</dt><dd>${draws}</dd></div>
</dl>`

const obstacle = ({ mechanism, reason, remedy }: NotRun): Markup => html`<div class="box">
<h3>${mechanism}</h3>
<p class="value">${reason}</p>
<p><strong>What to do:</strong> <span class="value">${remedy}</span></p>
</div>`

/** Two equal rows and one other. */
const SAMPLE = ['0 1 2 3 4 5 6 7', '8 9 10 11 12 13 14 15', '8 9 10 11 12 13 14 15']

const guide: Markup = html`<h2 id="pictures">How to read the pictures</h2>
<p>One row a copy, one square a value, in the order in which they were drawn. Equal squares are equal values. A value
that was drawn more than once is in full colour, with a light core; all others are faint. Rows that look the same are the same.</p>
<figure>${picture(SAMPLE, 'Three rows of which the last two are equal.')}
<figcaption>An example: ${copyName(1)} and ${copyName(2)} drew the same eight values.</figcaption></figure>
<p class="muted">The original drew its row before it was copied, the copies theirs after that. Only the beginning of
each stream is shown; all of it was compared.</p>`

/** The whole page. */
export function renderHtml(result: Result): string {
  const { cells, notRun } = result
  const tried = cells.filter((cell) => !isControl(cell))
  const red = tried.filter(({ verdict }) => verdict === 'repeats')
  const unclear = tried.filter(isUnclear)
  const distinct = tried.filter(({ verdict }) => verdict === 'distinct')
  const hash = createHash('sha256').update(STYLE).digest('base64')
  const title = `atfork audit: ${red.length === 0 ? 'nothing repeated' : `${red.length} repeating`}`
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="atfork audit">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>atfork audit</h1>
${facts(result)}
${lead(result)}
<h2 id="table">What repeats where</h2>
${renderTable(result)}
${part('not-run', 'Not run', 'These mechanisms gave no result. That is no pass: nothing is known about them.', notRun.map(obstacle))}
${cells.length > 0 && guide}
${part(
  'repeating',
  'What repeats, and what to do',
  'Each of these sources handed out a value twice.',
  red.map((cell) => section(cell, result)),
)}
${part(
  'unclear',
  'What could not be judged',
  'These sources threw, or returned one and the same value in one process: that says nothing about copies.',
  unclear.map((cell) => section(cell, result)),
)}
${part(
  'distinct',
  'What stayed distinct',
  'Nothing was drawn twice. Open one for its picture.',
  distinct.map((cell) => details(cell, result)),
)}
${part(
  'control',
  'The control',
  'A generator that starts from the same seed in every copy. It has to repeat: where it did not, nothing would have been copied, and “distinct” would mean nothing.',
  cells.filter(isControl).map((cell) => details(cell, result)),
)}
</main>
</body>
</html>
`
  return page.text
}
