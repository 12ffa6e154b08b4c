/**
 * The picture of a source's streams: a row for each copy, a square for each value. Equal values have equal squares, so
 * that equal rows are seen as equal. A value that was drawn more than once is in full colour with a light core,
 * which is seen without telling colours apart; all others are faint.
 */
import { html, type Markup } from './markup.ts'

/** Hues of the squares and of the cores: 96 pairs are more than enough to tell neighbours apart. */
const HUES = 12
const CORES = 8
/** Of a square's side, so that a gap remains. */
const SIDE = 0.86
const CORE = 0.38
/** Of the height of a row of text. */
const ROW = 1.4
const COLUMN = 1.15

/** A hash that spreads neighbours (Knuth's multiplicative one), so that distinct streams look like noise. */
const hash = (number: string): number => Math.imul(Number(number) + 1, 0x9e3779b1) >>> 12

/** How a copy is called; the original is 0. */
export const copyName = (copy: number): string => (copy === 0 ? 'original' : `copy ${copy}`)

const parse = (streams: readonly string[]): string[][] => streams.map((row) => (row === '' ? [] : row.split(' ')))

function countAll(rows: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const number of rows.flat()) counts.set(number, (counts.get(number) ?? 0) + 1)
  return counts
}

/** `the original, copies 1 to 3 and copy 8`. */
export function nameAll(copies: readonly number[]): string {
  const runs: number[][] = []
  for (const copy of copies) {
    const run = runs.at(-1)
    if (copy > 1 && run?.at(-1) === copy - 1) run.push(copy)
    else runs.push([copy])
  }
  const names = runs.map((run) => {
    if (run[0] === 0) return 'the original'
    return run.length === 1 ? `copy ${run[0]}` : `copies ${run[0]} to ${run.at(-1)}`
  })
  return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** What there is to see, in words. */
export function describe(streams: readonly string[], noun: string): string {
  const groups = new Map<string, number[]>()
  for (const [copy, row] of streams.entries()) if (row !== '') groups.set(row, [...(groups.get(row) ?? []), copy])
  const equal = [...groups.values()].filter(({ length }) => length > 1)
  if (equal.length > 0) return `Equal rows: ${equal.map(nameAll).join('; ')}.`
  const counts = [...countAll(parse(streams)).values()]
  const shared = counts.filter((count) => count > 1).length
  if (shared === 0) return `None of the ${counts.length} ${noun} shown was drawn twice.`
  return `No two whole rows are equal, but ${shared} of the ${counts.length} ${noun} shown were drawn more than once.`
}

/** All squares of one kind as lines, a path for each colour: much smaller than a rectangle for each. */
function paths(kind: string, width: number, squares: readonly { colour: number; x: number; y: number }[]): Markup[] {
  const colours = [...new Set(squares.map(({ colour }) => colour))].sort((a, b) => a - b)
  return colours.map((wanted) => {
    const lines = squares.filter(({ colour }) => colour === wanted)
    const inset = (1 - width) / 2
    const d = lines.map(({ x, y }) => `M${+(x + inset).toFixed(2)} ${y}.5h${width}`).join('')
    return html`<path class="${kind}${wanted}" d="${d}"/>`
  })
}

/** @param label - What it shows, for those who do not see it. */
export function picture(streams: readonly string[], label: string): Markup {
  const rows = parse(streams)
  const width = Math.max(1, ...rows.map(({ length }) => length))
  const counts = countAll(rows)
  const squares = rows.flatMap((row, y) => row.map((number, x) => ({ number, x, y, colour: hash(number) % HUES })))
  const isShared = ({ number }: { number: string }): boolean => (counts.get(number) as number) > 1
  const shared = squares.filter(isShared)
  const once = squares.filter((square) => !isShared(square))
  const cores = shared.map((square) => ({ ...square, colour: (hash(square.number) >>> 8) % CORES }))
  const size = html`width="${(width * COLUMN).toFixed(2)}em" height="${(rows.length * ROW).toFixed(2)}em"`
  return html`<div class="picture">
<ol aria-hidden="true">${streams.map((_, copy) => html`<li>${copyName(copy)}</li>`)}</ol>
<svg role="img" aria-label="${label}" ${size} viewBox="0 0 ${width} ${rows.length}" preserveAspectRatio="none">
<g class="once" stroke-width="${SIDE}">${paths('h', SIDE, once)}</g>
<g class="shared" stroke-width="${SIDE}">${paths('h', SIDE, shared)}</g>
<g class="core" stroke-width="${CORE}">${paths('k', CORE, cores)}</g>
</svg>
</div>`
}

/** A class for each colour. The hues are evenly spread; neighbours on the wheel differ in lightness too. */
export const PICTURE_STYLE: string = [
  ...Array.from({ length: HUES }, (_, i) => `.h${i}{stroke:oklch(${i % 2 ? 0.62 : 0.48} 0.16 ${(i * 360) / HUES})}`),
  ...Array.from({ length: CORES }, (_, i) => `.k${i}{stroke:oklch(0.93 0.09 ${(i * 360) / CORES})}`),
].join('\n')
