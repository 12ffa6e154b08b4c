/** The table of the page: which cell repeats, at a glance. Colour is never the only sign: each has a mark and a word. */
import type { Result } from './audit.ts'
import type { Cell } from './compare.ts'
import { describeHealing } from './healed.ts'
import { anchor, MARKS } from './html-cell.ts'
import { html, type Markup } from './markup.ts'
import { CONTROL } from './subject.ts'

function note({ source, verdict, repeats }: Cell): string {
  if (verdict === 'repeats') return source === CONTROL ? 'as it must' : `${repeats} time${repeats === 1 ? '' : 's'}`
  return verdict === 'distinct' ? '' : 'see below'
}

function renderCell(cell: Cell | undefined, result: Result): Markup {
  if (cell === undefined) return html`<td class="absent"><span class="mark" aria-hidden="true">–</span>not tried</td>`
  const { source, verdict } = cell
  const kind = source === CONTROL && verdict === 'repeats' ? 'control' : verdict
  const small = note(cell)
  return html`<td class="${kind}"><a href="#${anchor(cell, result)}"><span class="mark" aria-hidden="true">${
    MARKS[verdict]
  }</span>${verdict}${small !== '' && html`<small>${small}</small>`}</a></td>`
}

/** The table, in a box that scrolls by itself, and what its columns are. */
export function renderTable(result: Result): Markup {
  const { cells, columns, notRun } = result
  const sources = [...new Set(cells.map(({ source }) => source))]
  if (sources.length === 0) return html`<p>No mechanism gave a result.</p>`
  const rows = sources.map((source, i) => {
    const found = columns.map(({ name }) => cells.find((cell) => cell.source === source && cell.column === name))
    const missing = notRun.map(
      () => html`<td class="notrun" rowspan="${sources.length}"><a href="#not-run">not run</a></td>`,
    )
    return html`<tr><th scope="row"><code>${source}</code>${
      source === CONTROL ? html`<br><small>has to repeat</small>` : ''
    }</th>${found.map((cell) => renderCell(cell, result))}${i === 0 && missing}</tr>
`
  })
  return html`<p>A row for each source of randomness, a column for each way of copying a process. Choose a cell to see its evidence.</p>
<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
<table>
<caption id="caption">Sources by mechanism</caption>
<thead><tr><th scope="col">source</th>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}${notRun.map(
    ({ mechanism }) => html`<th scope="col">${mechanism}</th>`,
  )}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<dl class="pairs">${columns.map(({ name, summary, healing }) => html`<dt>${name}</dt><dd>${summary}${healing !== undefined && `. Healed: ${describeHealing(healing)}`}</dd>`)}</dl>`
}
