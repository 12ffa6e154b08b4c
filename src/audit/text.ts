/** The result as a table for a terminal. */
import { styleText } from 'node:util'
import type { Result } from './audit.ts'
import type { Cell } from './compare.ts'
import { describeHealing } from './healed.ts'
import { CONTROL } from './subject.ts'

type Style = Parameters<typeof styleText>[0]

function describe(cell: Cell | undefined): { text: string; style: Style } {
  if (cell === undefined) return { text: '-', style: 'dim' }
  const { source, verdict, repeats, alone } = cell
  if (verdict === 'repeats') {
    const many = `${repeats} repeat${repeats === 1 ? '' : 's'}`
    const text = alone === 0 ? many : alone === repeats ? `${alone} alone` : `${many}*`
    return { text, style: source === CONTROL ? 'dim' : 'red' }
  }
  return { text: verdict, style: verdict === 'distinct' ? 'green' : 'yellow' }
}

/** What to do about the sources that repeat, and what those threw that failed: each once. */
const hints = (cells: readonly Cell[]): string[] => [
  ...new Set(
    cells
      .filter(({ source }) => source !== CONTROL)
      .flatMap(({ source, remedy, error, verdict }) => [
        ...(remedy === undefined ? [] : [`${source}: ${remedy}`]),
        ...(error === undefined ? [] : [`${source} failed: ${error}`]),
        ...(verdict === 'constant' ? [`${source} is constant: it returned the same value each time`] : []),
      ]),
  ),
]

/** @param colour - Whether to colour it. */
export function renderText(result: Result, colour: boolean): string {
  const { cells, notRun, copies, draws } = result
  const paint = (style: Style, text: string): string => (colour ? styleText(style, text) : text)
  const columns = [...new Set(cells.map(({ column }) => column))]
  const sources = [...new Set(cells.map(({ source }) => source))]
  const rows = sources.map((source) => ({
    source,
    cells: columns.map((column) => describe(cells.find((cell) => cell.source === source && cell.column === column))),
  }))
  const first = Math.max(...sources.map(({ length }) => length), 'source'.length)
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map(({ cells }) => (cells[i] as { text: string }).text.length)),
  )
  const lines = [`${copies} copies, ${draws} draws of each source in each; Node ${result.node} on ${result.platform}`]
  if (columns.length > 0) {
    const head = ['source'.padEnd(first), ...columns.map((column, i) => column.padEnd(widths[i] as number))]
    lines.push('', paint('bold', head.join('  ').trimEnd()))
    for (const { source, cells } of rows) {
      const painted = cells.map(({ text, style }, i) => paint(style, text.padEnd(widths[i] as number)))
      lines.push([source.padEnd(first), ...painted].join('  ').trimEnd())
    }
  }
  if (sources.includes(CONTROL))
    lines.push('', `${CONTROL}: a generator that has to repeat in every column, or nothing was copied.`)
  if (cells.some(({ alone, source }) => alone > 0 && source !== CONTROL))
    lines.push('alone: repeats within one process, copied or not. *: some of them are.')
  const healed = [
    ...new Set(result.columns.flatMap(({ healing }) => (healing === undefined ? [] : [describeHealing(healing)]))),
  ]
  if (healed.length > 0) lines.push('', '+atfork: copies that call atfork() before they draw, which heals Node:')
  for (const line of healed) lines.push(`  ${line}`)
  const todo = hints(cells)
  if (todo.length > 0) lines.push('', 'What to do:', ...todo.map((line) => `  ${line}`))
  for (const { mechanism, reason, remedy } of notRun)
    lines.push('', paint('yellow', `${mechanism} was not run: ${reason}`), `hint: ${remedy}`)
  return `${lines.join('\n')}\n`
}
