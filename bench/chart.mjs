/**
 * The pictured ratios as one SVG: a bar from 1 to the median on a logarithmic scale, with the middle half of the rounds and the
 * budget. It brings its own background, so it can be read wherever it is shown; colours are never all that tells.
 */
import { digits } from './table.mjs'

const WIDTH = 860
const LABELS = 440
const RIGHT = 70
const LINE = 19
const BAR = 11
const TOP = 78
const GAP = 30
const TITLES = { draws: 'Small draws', bulk: 'Many bytes', drbg: 'The DRBG by itself' }

/** Text has a contrast of at least 4.5 with its background, bars at least 3 (WCAG 2.2, 1.4.3 and 1.4.11). */
const STYLE = `
  .page { fill: #fbfbfa } .text { fill: #1d2126 } .muted { fill: #59616b } .grid { stroke: #dcdfe3 } .one { stroke: #59616b }
  .faster { fill: #2f7d54 } .slower { fill: #b0680f } .spread { stroke: #1d2126 } .limit { fill: none; stroke: #8c1212 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #15181c } .text { fill: #e4e7ea } .muted { fill: #a0a8b2 } .grid { stroke: #343a42 } .one { stroke: #a0a8b2 }
    .faster { fill: #4f9a72 } .slower { fill: #c9862f } .spread { stroke: #e4e7ea } .limit { stroke: #ffb9b1 }
  }
  text { font: 12px system-ui, sans-serif } .title { font-size: 16px; font-weight: 600 } .head { font-weight: 600 }
  .limit, .spread { stroke-width: 1.5 }`

const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign])

/** Whole decades that hold every bar. */
function scale(rows) {
  const all = rows.flatMap((row) => [row.median, ...row.quartiles, row.limit ?? 1])
  const low = Math.floor(Math.log10(Math.min(...all)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all, 1))))
  const x = (value) => LABELS + ((Math.log10(value) - low) / (high - low)) * (WIDTH - RIGHT - LABELS)
  return { x, decades: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) }
}

const at = (x) => x.toFixed(1)

function bar(row, y, x) {
  const [from, to] = [Math.min(x(row.median), x(1)), Math.max(x(row.median), x(1))]
  const middle = y + LINE / 2
  const limit = row.limit === undefined ? '' : `<path class="limit" d="M${at(x(row.limit))} ${y + 1}v${LINE - 2}"/>`
  return [
    `<text class="text" x="12" y="${middle + 4}">${escaped(row.ours)} <tspan class="muted">vs ${escaped(row.theirs)}</tspan></text>`,
    `<rect class="${row.median > 1 ? 'slower' : 'faster'}" x="${at(from)}" y="${middle - BAR / 2}" width="${at(to - from)}" height="${BAR}"/>`,
    `<path class="spread" d="M${at(x(row.quartiles[0]))} ${middle}H${at(x(row.quartiles[1]))}"/>`,
    `${limit}<text class="text" x="${WIDTH - 12}" y="${middle + 4}" text-anchor="end">${digits(row.median)} ×</text>`,
  ].join('')
}

/** @returns {string} An SVG document. */
export function chart(all, node) {
  const rows = all.filter((row) => row.pictured)
  const { x, decades } = scale(rows)
  const parts = []
  let y = TOP
  let section = ''
  for (const row of rows) {
    if (row.section !== section) {
      section = row.section
      parts.push(`<text class="text head" x="12" y="${y + GAP - 8}">${TITLES[section]}</text>`)
      y += GAP
    }
    parts.push(bar(row, y, x))
    y += LINE
  }
  const grid = decades.map(
    (decade) =>
      `<path class="${decade === 1 ? 'one' : 'grid'}" d="M${at(x(decade))} ${TOP}V${y}"/>` +
      `<text class="muted" x="${at(x(decade))}" y="${TOP - 6}" text-anchor="middle">${digits(decade)} ×</text>`,
  )
  const title = 'Time that atfork takes, relative to others'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 12}" width="${WIDTH}" height="${y + 12}" role="img">
<title>${title}</title>
<style>${STYLE}
</style>
<rect class="page" width="100%" height="100%"/>
<text class="text title" x="12" y="26">${title}</text>
<text class="muted" x="12" y="46">Left of 1 (green) atfork is faster, right of it (orange) the other is. Line: middle half of the rounds. Red: budget. Node ${escaped(node.slice(1))}.</text>
${[...grid, ...parts].join('\n')}
</svg>
`
}
