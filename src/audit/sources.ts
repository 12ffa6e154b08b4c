/** The sources of randomness that the audit draws from. */
import * as crypto from 'node:crypto'
import { random, seeded } from 'atfork'

/** What a source may return. */
export type Value = string | number | bigint | ArrayBufferView

/** Draws one value, or several that make up some 16 bytes. */
export type Draw = () => Value | Value[] | Promise<Value | Value[]>

/**
 * How values are compared. `uniform`: uniform bytes, of which no 8-byte block may occur twice either. `whole`: ids and
 * numbers. `auto`: uniform if they are bytes and no block repeats in one process.
 */
export type Comparison = 'uniform' | 'whole' | 'auto'

/** A source that is built in. */
export interface Source {
  comparison: Comparison
  /** What to do if it repeats. */
  remedy: string
  /** `seed` is the same in all copies: for the control. */
  make: (seed: string) => Draw
}

/** A 48-bit integer is long enough that two equal ones are no chance; three are 18 bytes. */
const RANGE = 2 ** 48 - 1
const three =
  (draw: () => number): Draw =>
  () => [draw(), draw(), draw()]

/** The control: repeats wherever memory is copied, or a seed is handed down. If it does not, nothing was copied. */
export const CONTROL = 'control'

/** By name, in the table's order. */
export const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['random', { comparison: 'uniform', remedy: 'report this: it must never happen', make: () => () => random(16) }],
  ['crypto.randomUUID', { comparison: 'whole', remedy: 'use random.uuid()', make: () => () => crypto.randomUUID() }],
  [
    'crypto.randomInt',
    { comparison: 'whole', remedy: 'use random.int()', make: () => three(() => crypto.randomInt(RANGE)) },
  ],
  ['crypto.randomBytes', { comparison: 'uniform', remedy: 'use random(n)', make: () => () => crypto.randomBytes(16) }],
  ['Math.random', { comparison: 'whole', remedy: 'use random.float()', make: () => three(Math.random) }],
  [
    CONTROL,
    {
      comparison: 'uniform',
      remedy: 'none: it has to repeat, to show that something was copied',
      make: (seed) => {
        const stream = seeded(seed)
        return () => stream(16)
      },
    },
  ],
])
