/**
 * NIST's CAVP response files (.rsp): sections of `[Name]` and `[Parameter = value]`, then cases that begin with
 * `COUNT = n`. They are not part of this project: they are read from ../shared/vectors beside it, or from the folder
 * that ATFORK_VECTORS names.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { missing } from './slow.ts'

/** One case. A field that stands in it twice (AdditionalInput, EntropyInputPR) has two values. */
export interface CavpCase {
  /** The section, as `SHA-512/256`. */
  algorithm: string
  count: number
  /** All values of a field, in the order of the file. */
  all(field: string): Uint8Array[]
  /** The only value of a field. */
  one(field: string): Uint8Array
}

const folder: string = process.env.ATFORK_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))

/** The cases of one file. Without the file the test that asks is skipped, or fails if ATFORK_REQUIRE_ALL is 1. */
export function readCavp(ctx: TestContext, name: string): CavpCase[] {
  const path = `${folder}/${name}`
  if (!existsSync(path)) missing(ctx, `no vectors: ${path} is missing (ATFORK_VECTORS=folder)`)
  return parseCavp(readFileSync(path, 'latin1'))
}

/** Strict: a line or a length that is not as announced is an error, so that no case is left out or cut short. */
export function parseCavp(text: string): CavpCase[] {
  const cases: CavpCase[] = []
  let algorithm = ''
  let parameters = new Map<string, number>()
  let fields = new Map<string, Uint8Array[]>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue
    const refuse = (): Error => new Error(`line ${index + 1}: ${line}`)
    const [, name, , number] = /^\[([^\]=]+?)( = (\w+))?\]$/.exec(line) ?? []
    const [, field, value] = /^(\w+) = ?(\w*)$/.exec(line) ?? []
    if (name !== undefined && number === undefined) {
      algorithm = name
      parameters = new Map()
    } else if (name !== undefined) parameters.set(name, Number(number))
    else if (field === 'COUNT') {
      fields = new Map()
      cases.push(makeCase(algorithm, Number(value), fields))
    } else if (field !== undefined && value !== undefined) {
      const bytes = Uint8Array.from(Buffer.from(value, 'hex'))
      // EntropyInputReseed and EntropyInputPR are as long as EntropyInput, AdditionalInputReseed as AdditionalInput.
      const bits = parameters.get(`${field.replace(/(Reseed|PR)$/, '')}Len`)
      if (value.length !== 2 * bytes.length || bits !== 8 * bytes.length) throw refuse()
      fields.set(field, [...(fields.get(field) ?? []), bytes])
    } else throw refuse()
  }
  return cases
}

function makeCase(algorithm: string, count: number, fields: ReadonlyMap<string, Uint8Array[]>): CavpCase {
  const all = (field: string): Uint8Array[] => fields.get(field) ?? []
  const one = (field: string): Uint8Array => {
    const [value, ...more] = all(field)
    if (value === undefined || more.length > 0) throw new Error(`${algorithm}, case ${count}: not one ${field}`)
    return value
  }
  return { algorithm, count, all, one }
}

/** How many cases have which optional inputs. A group that is left out shows here. */
export function countGroups(cases: readonly CavpCase[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of cases) {
    const personalized = one.one('PersonalizationString').length > 0 ? 'personalization' : 'none'
    const additional = one.all('AdditionalInput').some((input) => input.length > 0) ? 'additional input' : 'none'
    const group = `${personalized}, ${additional}`
    counts[group] = (counts[group] ?? 0) + 1
  }
  return counts
}
