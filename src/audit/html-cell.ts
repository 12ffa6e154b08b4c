/** What the page shows of one cell: its picture, the first repeated value, and what to do. */
import type { Result } from './audit.ts'
import type { Cell, Repeat } from './compare.ts'
import { html, type Markup } from './markup.ts'
import { copyName, describe, nameAll, picture } from './picture.ts'

/** A sign for each verdict, beside its word. */
export const MARKS: Readonly<Record<Cell['verdict'], string>> = {
  distinct: '✓',
  repeats: '✕',
  constant: '=',
  failed: '!',
}

/** A longer value is cut: what identifies it is its beginning. */
const MAX_VALUE = 200

/** For sources that the audit knows nothing of. */
const REMEDY = 'Draw from random of atfork instead, or let each copy make this source anew.'

/** Where a cell's evidence stands. Numbers only: names can hold anything. */
export const anchor = (cell: Cell, { cells }: Result): string => `cell-${cells.indexOf(cell)}`

/** What a cell's units are called. */
export const noun = (unit: Cell['unit']): string => (unit === 'block' ? '8-byte block' : 'value')

const cut = (value: string): string =>
  value.length <= MAX_VALUE ? value : `${value.slice(0, MAX_VALUE)} … (${value.length} characters)`

/** A sentence as sentences begin and end. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

function evidence({ unit }: Cell, { value, copies, at, holders }: Repeat): Markup {
  const alone = holders.length === 1
  const place = (i: 0 | 1): string => `no. ${at[i] + 1} of ${copyName(copies[i])}`
  return html`<div class="box">
<p><strong>First repeated ${noun(unit)}:</strong> <code class="value first">${cut(value)}</code></p>
<p>Drawn as ${place(0)} and again as ${place(1)}. ${
    alone
      ? 'No other process drew it: this source repeats without being copied.'
      : `In all it was drawn by ${nameAll(holders)}.`
  }</p>
</div>`
}

function figure({ source, column, unit, streams }: Cell): Markup {
  const words = describe(streams, `${unit}s`)
  return html`<figure>${picture(streams, `Streams of ${source}, ${column}. ${words}`)}
<figcaption>${words} One square is one ${noun(unit)}.</figcaption></figure>`
}

/** A cell that wants attention. */
export function section(cell: Cell, result: Result): Markup {
  const { source, column, verdict, values, repeats, unit, first, error, remedy = REMEDY } = cell
  const id = anchor(cell, result)
  return html`<section class="cell" id="${id}" aria-labelledby="${id}-name">
<h3 id="${id}-name"><span aria-hidden="true">${MARKS[verdict]}</span> <code>${source}</code> ${verdict}: ${column}</h3>
${error !== undefined && html`<p>It threw <code class="value">${cut(error)}</code></p>`}
${verdict === 'repeats' && html`<p>${repeats} ${noun(unit)}${repeats === 1 ? '' : 's'} had been drawn before, among ${values} values.</p>`}
${error === undefined && figure(cell)}
${first !== undefined && evidence(cell, first)}
${verdict === 'repeats' && html`<p class="box todo"><strong>What to do:</strong> ${sentence(remedy)}</p>`}
</section>
`
}

/** A cell that does not: its evidence can be opened. */
export function details(cell: Cell, result: Result): Markup {
  const { source, column, verdict, first } = cell
  return html`<details id="${anchor(cell, result)}">
<summary><span aria-hidden="true">${MARKS[verdict]}</span> <code>${source}</code>: ${column}, ${verdict}</summary>
${figure(cell)}
${first !== undefined && evidence(cell, first)}
</details>
`
}
