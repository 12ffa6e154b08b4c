/** What is right of a tour: values that are functions of a seed, and the look of those that nobody can foretell. */
import { expect } from 'vitest'

type Result = { value?: unknown; error?: string }
type Group = { [name: string]: Result }
export interface Tour {
  seeded: Group
  live: Group
  lifecycle: Group
  wrong: Group
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const LOOKS: { [name: string]: RegExp } = {
  call: /^[0-9a-f]{80}$/,
  long: /^[0-9a-f]{80}$/,
  fill: /^[0-9a-f]{600}$/,
  ints: /^(\d{1,7},){39}\d{1,7}$/,
  bits: /^\d{20,31}$/, // fewer than 20 digits: once in 2^33
  shuffle: /^(\d\d?,){99}\d\d?$/,
  uuid: UUID,
  uuidv7: UUID,
  string: /^[\w-]{21}$/,
  reseeded: /^[0-9a-f]{32}$/,
}

/** Two draws of one kind: each looks right, and they differ. */
function checkLive(name: string, { value }: Result): void {
  const [first, second] = value as [string, string]
  const look = LOOKS[name.replace(/^.*\./, '')]
  expect(first, name).toMatch(look as RegExp)
  expect(second, name).toMatch(look as RegExp)
  expect(first, name).not.toBe(second)
}

const REFUSED = { seeded: 'error', live: 'error' } as const

/** Everything is right. */
export function checkTour(tour: Tour, reference: Tour): void {
  expect(tour.seeded).toEqual(reference.seeded)
  expect(tour.wrong).toEqual(reference.wrong)
  const { healing, ...lifecycle } = tour.lifecycle
  const { healing: _, ...expected } = reference.lifecycle
  expect(lifecycle).toEqual(expected)
  expect(healing?.value).toMatch(/^emptied$|^not emptied: /)
  expect(Object.keys(tour.live)).toEqual(Object.keys(reference.live))
  for (const [name, result] of Object.entries(tour.live)) {
    expect(result, name).not.toHaveProperty(REFUSED.live)
    checkLive(name, result)
  }
}

/** Each value is right, or an error is in its place. Returns how many errors there were. */
export function checkTourOrErrors(tour: Tour, reference: Tour): number {
  let errors = 0
  for (const group of ['seeded', 'live', 'lifecycle', 'wrong'] as const)
    for (const [name, result] of Object.entries(tour[group])) {
      const expected = reference[group][name] as Result
      if (result.error !== undefined) {
        if (expected.error === undefined) errors++
      } else if (group === 'live') checkLive(name, result)
      else if (name !== 'healing') expect(result, `${group}.${name}`).toEqual(expected)
    }
  return errors
}
