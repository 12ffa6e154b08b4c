/** The result as text. */

/** Three digits: 0.0123, 0.57, 12.3, 1,230. */
export const digits = (value) =>
  value.toLocaleString('en', {
    maximumSignificantDigits: Math.abs(value) >= 100 ? Math.ceil(Math.log10(Math.abs(value) + 1)) : 3,
  })

/** Nanoseconds in a unit that fits. */
export function duration(ns) {
  const [unit, size] = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ].find(([, least]) => ns >= least) ?? ['ns', 1]
  return `${digits(ns / size)} ${unit}`
}

const withUnit = (value, unit) => (unit === '×' ? digits(value) : `${digits(value)} ${unit}`)

const cells = (row) => [
  row.name,
  withUnit(row.median, row.unit),
  row.rounds === 1 ? '' : row.quartiles.map(digits).join(' to '),
  row.oursNs === undefined ? '' : `${duration(row.oursNs)} : ${duration(row.theirsNs)}`,
  row.limit === undefined ? '' : withUnit(row.limit, row.unit),
  row.missed ? 'missed' : row.ahead ? 'behind' : '',
]

const HEAD = ['', 'median', 'middle half', 'each takes', 'at most', '']

/** A table for each section. */
export function table(rows) {
  const lines = rows.map(cells)
  const widths = HEAD.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column].length)))
  const format = (line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd()
  const sections = [...new Set(rows.map(({ section }) => section))]
  return sections
    .map((section) =>
      [
        format([section, ...HEAD.slice(1)]),
        ...lines.filter((_, row) => rows[row].section === section).map(format),
        '',
      ].join('\n'),
    )
    .join('\n')
}

/** What the limits in ms and µs were multiplied by. */
export const scaled = (times) =>
  `Limits in ms and µs are those of budgets.mjs times ${digits(times)}: so much slower this machine is than the one they are for.\n`

/** Every case in which somebody else is faster. */
export function ahead(rows) {
  const names = rows
    .filter((row) => row.ahead)
    .map((row) => `  ${row.theirs} is faster than ${row.ours}: ${digits(row.median)} times`)
  return names.length === 0 ? 'Nobody else is faster.\n' : `Somebody else is faster:\n${names.join('\n')}\n`
}

/** Every budget that is missed, or nothing. */
export const misses = (rows) =>
  rows
    .filter((row) => row.missed)
    .map(
      (row) =>
        `missed: ${row.name}: ${withUnit(row.median, row.unit)}, at most ${withUnit(row.limit, row.unit)}, ` +
        `${Math.round((row.median / row.limit - 1) * 100)} % too much\n`,
    )
    .join('')
