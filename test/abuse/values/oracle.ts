/** What is right: a value of a certain look, or a certain error. Written from the documentation. */
import { inspect } from 'node:util'
import { Trap, type Truth } from './recipe.ts'

/** A wrong argument: TypeError for its kind, RangeError for its value, and the label in the message. */
export interface Refusal {
  error: 'TypeError' | 'RangeError'
  label: string
}

/**
 * - `refused`: with one of these, as nobody says in which order arguments are checked. `orTrap`: or by the caller's code.
 * - `trap`: the caller's own code throws while arguments are read, and its error comes out. `late`: after the draw.
 * - `skip`: right, and far too much to be done here.
 */
export type Expected =
  | { is: 'value'; check: (result: unknown, args: unknown[]) => boolean }
  | { is: 'refused'; refusals: Refusal[]; orTrap?: true }
  | { is: 'trap'; late: boolean }
  | { is: 'skip' }

export type Outcome = { value: unknown } | { error: unknown }

export function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: call() }
  } catch (error) {
    return { error }
  }
}

const type = (label: string): Refusal => ({ error: 'TypeError', label })
const range = (label: string): Refusal => ({ error: 'RangeError', label })

export const integer = (label: string, { number }: Truth, min: number, max: number): Refusal | undefined =>
  number === undefined
    ? type(label)
    : Number.isInteger(number) && number >= min && number <= max
      ? undefined
      : range(label)

export const bytes = (label: string, truth: Truth, min = 0): Refusal | undefined =>
  truth.bytes === undefined ? type(label) : truth.bytes < min ? range(label) : undefined

export const oneOf = (label: string, { string }: Truth, choices: string[]): Refusal | undefined =>
  string === undefined ? type(label) : choices.includes(string) ? undefined : range(label)

export const aFunction = (label: string, truth: Truth): Refusal | undefined =>
  truth.function ? undefined : type(label)

export const aHash = ({ hash }: Truth): Refusal | undefined => (hash === undefined ? type('hash') : undefined)

export const view = (label: string, truth: Truth): Refusal | undefined =>
  typeof truth.view === 'number' ? undefined : type(label)

/** An array or a typed array. */
export const sequence = (label: string, truth: Truth): Refusal | undefined =>
  'length' in truth
    ? integer(`${label}.length`, typeof truth.length === 'number' ? { number: truth.length } : {}, 0, 2 ** 32 - 1)
    : type(label)

/** The two bounds of int(max) and int(min, max): the refusal, or how many values lie between. */
export function intRange(first: Truth, second: Truth): Refusal[] | { min: number; max: number } {
  const safe = Number.MAX_SAFE_INTEGER
  const [low, high] = second.undefined ? [{ number: 0 }, first] : [first, second]
  const refusals = both(integer('min', low, -safe, safe), integer('max', high, -safe, safe))
  if (refusals.length > 0) return refusals
  const [min, max] = [low.number as number, high.number as number]
  return max > min && BigInt(max) - BigInt(min) <= BigInt(safe) ? { min, max } : [range('max')]
}

export function bigRange(first: Truth, second: Truth): Refusal[] | { min: bigint; max: bigint } {
  const { bigint: min } = second.undefined ? { bigint: 0n } : first
  const { bigint: max } = second.undefined ? first : second
  if (min === undefined || max === undefined)
    return both(min === undefined ? type('min') : undefined, max === undefined ? type('max') : undefined)
  return max > min && max - min <= 1n << (2n ** 20n) ? { min, max } : [range('max')]
}

const LONE_SURROGATE = /\p{Surrogate}/u

export const wellFormed = (truth: Truth): boolean => !LONE_SURROGATE.test(truth.string ?? '')

export function alphabet(truth: Truth): Refusal | undefined {
  if (truth.string === undefined) return type('alphabet')
  const characters = Array.from(truth.string)
  if (!wellFormed(truth)) return range('alphabet')
  return characters.length > 0 && characters.every((c, i) => characters.indexOf(c) === i)
    ? undefined
    : range('alphabet')
}

export const both = (...refusals: (Refusal | undefined)[]): Refusal[] => refusals.filter((r) => r !== undefined)

/** The refusals of arguments, or else how the value should look. */
export const unless = (
  refusals: (Refusal | undefined)[],
  check: (result: unknown, args: unknown[]) => boolean,
): Expected => {
  const wrong = both(...refusals)
  return wrong.length > 0 ? { is: 'refused', refusals: wrong } : { is: 'value', check }
}

/**
 * Options: what is wrong with one of them, by name, or with the whole. What is undefined was left out.
 *
 * @param required - Whether there must be an object.
 */
export function options(
  truth: Truth,
  names: { [name: string]: (given: Truth) => Refusal | undefined },
  required = false,
): Refusal[] | 'trap' {
  if (truth.undefined && !required) return []
  if (truth.options === undefined) return [type('options')]
  if (truth.trap !== undefined) return 'trap'
  return both(...Object.entries(names).map(([name, check]) => check(truth.options?.[name] ?? { undefined: true })))
}

/** What comes of options, and of what else is wrong. */
export function withOptions(
  wrong: ReturnType<typeof options>,
  others: (Refusal | undefined)[],
  check: (result: unknown) => boolean,
): Expected {
  if (wrong !== 'trap') return unless([...others, ...wrong], check)
  const refused = unless(others, check)
  return refused.is === 'refused' ? { ...refused, orTrap: true } : { is: 'trap', late: false }
}

/** For an option that may be left out. */
export const optional =
  (check: (given: Truth) => Refusal | undefined) =>
  (given: Truth): Refusal | undefined =>
    given.undefined ? undefined : check(given)

const FORM = /^"([^"]+)" expected .+, got .+$/s

/** What the caller's own code has thrown, or the language in its place. */
const isTheirs = (error: unknown): boolean => error instanceof Trap || /revoked/.test(String(error))

/** Throws unless the outcome is what was expected. */
export function judge(expected: Expected, outcome: Outcome, args: unknown[]): void {
  const unlike = (wanted: string): Error => {
    const got = 'error' in outcome ? outcome.error : inspect(outcome.value, { maxArrayLength: 5, maxStringLength: 50 })
    return new Error(`expected ${wanted}, got ${String(got)}`)
  }
  if (expected.is === 'skip') return
  if (expected.is === 'value') {
    if ('error' in outcome) throw unlike('a value')
    if (!expected.check(outcome.value, args)) throw unlike('a value of another look')
    return
  }
  if (!('error' in outcome)) throw unlike('an error')
  const { error } = outcome
  if ((expected.is === 'trap' || expected.orTrap) && isTheirs(error)) return
  if (expected.is === 'trap') throw unlike("the caller's own error")
  const kind = (error as object).constructor.name
  const named = error instanceof Error ? FORM.exec(error.message)?.[1] : undefined
  if (!expected.refusals.some((refusal) => kind === refusal.error && named === refusal.label))
    throw unlike(expected.refusals.map((refusal) => `${refusal.error} of "${refusal.label}"`).join(' or '))
}
