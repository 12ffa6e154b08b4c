/** Finds what was drawn twice. */
import type { Column } from './mechanism.ts'
import { type Drawn, known } from './subject.ts'

/** Where a value was drawn: 0 is the original, 1 the first copy. */
export interface Repeat {
  value: string
  copies: [first: number, second: number]
  /** Which one of that copy's values it was, from 0. */
  at: [first: number, second: number]
  /** All that drew it. */
  holders: number[]
}

/** One source under one mechanism. */
export interface Cell {
  source: string
  column: string
  verdict: 'distinct' | 'repeats' | 'constant' | 'failed'
  /** How many values were compared. */
  values: number
  /** How many of them, or for uniform bytes how many of their 8-byte blocks, had been drawn before. */
  repeats: number
  /** How many of these had been drawn before by the same process: they repeat without a copy. */
  alone: number
  /** The first one. */
  first?: Repeat
  /** What to do about it, where it repeats. */
  remedy?: string
  /** What the source threw. */
  error?: string
  /** What `repeats`, `at` and `streams` count: 8-byte blocks of uniform bytes, or values. */
  unit: 'block' | 'value'
  /**
   * The first of what the original and each copy drew, a string each: a number for each value, the same for equal
   * values and only for those. The values themselves would be too much.
   */
  streams: string[]
}

/** How much of a stream is kept: enough to see at a glance whether two are equal. */
const SHOWN = 32

/** 8 bytes in hex. That two of 2^20 uniform blocks are equal by chance has a probability of 2^-25. */
const BLOCK = /.{16}/g

/** Which copies drew a value. */
const holders = (value: string, values: readonly string[][]): number[] =>
  values.flatMap((list, copy) => (list.includes(value) ? [copy] : []))

/** The beginning of each stream, with numbers for values. */
function numbered(values: readonly string[][]): string[] {
  const numbers = new Map<string, number>()
  const number = (value: string): number => {
    const known = numbers.get(value) ?? numbers.size
    numbers.set(value, known)
    return known
  }
  return values.map((list) => list.slice(0, SHOWN).map(number).join(' '))
}

/** How many among `values[copy]` were equal to an earlier one, how many of these to one of the same copy, and the first. */
function count(values: readonly string[][]): { repeats: number; alone: number; first?: Repeat } {
  const seen = new Map<string, [copy: number, at: number]>()
  let repeats = 0
  let first: Repeat | undefined
  values.forEach((list, copy) => {
    for (const [i, value] of list.entries()) {
      const before = seen.get(value)
      if (before === undefined) seen.set(value, [copy, i])
      else {
        repeats++
        first ??= { value, copies: [before[0], copy], at: [before[1], i], holders: holders(value, values) }
      }
    }
  })
  const alone = values.reduce((sum, list) => sum + list.length - new Set(list).size, 0)
  return first === undefined ? { repeats, alone } : { repeats, alone, first }
}

/** Aligned blocks of 8 bytes, the first of which is the prefix. */
const blocks = (values: readonly string[]): string[] => values.flatMap((value) => value.match(BLOCK) ?? [value])

/** Whether values are compared block by block: if they are said to be uniform, or are bytes that look so. */
function isUniform(drawn: readonly Drawn[]): boolean {
  const { comparison } = drawn[0] as Drawn
  if (comparison !== 'auto') return comparison === 'uniform'
  return drawn.every(({ bytes, values }) => bytes && count([blocks(values)]).repeats === 0)
}

/** The source that must not repeat, except where a column says so. */
export const PROTECTED = 'random'
const USERS_OWN = 'draw it from random'

/**
 * Compares what the original and all copies drew from one source.
 *
 * @throws Error if there is no copy.
 */
export function compareSource(source: string, column: string, drawn: readonly Drawn[]): Cell {
  if (drawn.length < 2) throw new Error(`${column} made no copy`)
  const all = drawn.map(({ values }) => values)
  const uniform = isUniform(drawn)
  const units = uniform ? all.map(blocks) : all
  const cell = {
    source,
    column,
    values: all.reduce((sum, { length }) => sum + length, 0),
    repeats: 0,
    alone: 0,
    unit: uniform ? ('block' as const) : ('value' as const),
    streams: numbered(units),
  }
  const error = drawn.find((one) => one.error !== undefined)?.error
  if (error !== undefined) return { ...cell, verdict: 'failed', error }
  if (all.some(({ length }) => length === 0)) return { ...cell, verdict: 'failed', error: 'it returned no values' }
  if (all.some((values) => values.length > 1 && new Set(values).size === 1)) return { ...cell, verdict: 'constant' }
  const found = count(units)
  if (found.repeats === 0) return { ...cell, verdict: 'distinct' }
  return { ...cell, verdict: 'repeats', ...found, remedy: known(source)?.remedy ?? USERS_OWN }
}

/** Compares all sources of one column. */
export function compareColumn({ name, reports, limit }: Column): Cell[] {
  const sources = (reports[0] ?? []).map((drawn) => drawn.name)
  return sources.map((source, i) => {
    const drawn = reports.map((report) => report[i] as Drawn)
    const cell = compareSource(source, name, drawn)
    return limit !== undefined && source === PROTECTED && cell.verdict === 'repeats' ? { ...cell, remedy: limit } : cell
  })
}
