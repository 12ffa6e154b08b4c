/** Finds what was drawn twice. */
import type { Column } from './mechanism.ts'
import type { Drawn } from './subject.ts'

/** Where a value was drawn: 0 is the original, 1 the first copy. */
export interface Repeat {
  value: string
  copies: [first: number, second: number]
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
  /** The first one. */
  first?: Repeat
  /** What the source threw. */
  error?: string
}

/** 8 bytes in hex. That two of 2^20 uniform blocks are equal by chance has a probability of 2^-25. */
const BLOCK = /.{16}/g

/** The first two equal ones among `values[copy]`, and how many were equal to an earlier one. */
function count(values: readonly string[][]): { repeats: number; first?: Repeat } {
  const seen = new Map<string, number>()
  let repeats = 0
  let first: Repeat | undefined
  values.forEach((list, copy) => {
    for (const value of list) {
      const before = seen.get(value)
      if (before === undefined) seen.set(value, copy)
      else {
        repeats++
        first ??= { value, copies: [before, copy] }
      }
    }
  })
  return first === undefined ? { repeats } : { repeats, first }
}

/** Aligned blocks of 8 bytes, the first of which is the prefix. */
const blocks = (values: readonly string[]): string[] => values.flatMap((value) => value.match(BLOCK) ?? [value])

/** Whether values are compared block by block: if they are said to be uniform, or are bytes that look so. */
function isUniform(drawn: readonly Drawn[]): boolean {
  const { comparison } = drawn[0] as Drawn
  if (comparison !== 'auto') return comparison === 'uniform'
  return drawn.every(({ bytes, values }) => bytes && count([blocks(values)]).repeats === 0)
}

/** Compares what the original and all copies drew from one source. */
export function compareSource(source: string, column: string, drawn: readonly Drawn[]): Cell {
  const all = drawn.map(({ values }) => values)
  const cell = { source, column, values: all.reduce((sum, { length }) => sum + length, 0), repeats: 0 }
  const error = drawn.find((one) => one.error !== undefined)?.error
  if (error !== undefined) return { ...cell, verdict: 'failed', error }
  if (all.some((values) => values.length > 1 && new Set(values).size === 1)) return { ...cell, verdict: 'constant' }
  const found = count(isUniform(drawn) ? all.map(blocks) : all)
  return { ...cell, verdict: found.repeats > 0 ? 'repeats' : 'distinct', ...found }
}

/** Compares all sources of one column. */
export function compareColumn({ name, reports }: Column): Cell[] {
  const sources = (reports[0] ?? []).map((drawn) => drawn.name)
  return sources.map((source, i) =>
    compareSource(
      source,
      name,
      reports.map((report) => report[i] as Drawn),
    ),
  )
}
