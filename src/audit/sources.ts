/** The sources of randomness that the audit draws from: the built-in ones, and a user's own. Libraries: libraries.ts. */
import * as crypto from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRandom, random, seeded } from 'atfork'
import type { SourceRef } from './subject.ts'

/** What a source may return. */
export type Value = string | number | bigint | ArrayBufferView

/** Draws one value, or several that make up some 16 bytes. */
export type Draw = () => Value | Value[] | Promise<Value | Value[]>

/**
 * How values are compared. `uniform`: uniform bytes, of which no 8-byte block may occur twice either. `whole`: ids and
 * numbers. `auto`: uniform if they are bytes and no block repeats in one process.
 */
export type Comparison = 'uniform' | 'whole' | 'auto'

/** A source that the audit knows, and what to make of it. */
export interface Known {
  comparison: Comparison
  /** What to do if it repeats. */
  remedy: string
  /** How many draws it takes in each process, if not as many as the audit was asked for. */
  draws?: number
}

/** A source that is built in. */
export interface Source extends Known {
  /** `seed` is the same in all copies: for the control. */
  make: (seed: string) => Draw
}

/** A 48-bit integer is long enough that two equal ones are no chance; three are 18 bytes. */
const RANGE = 2 ** 48 - 1
/** What a source of numbers below 1 or of such integers draws at once. */
export const three =
  (draw: () => number): Draw =>
  () => [draw(), draw(), draw()]

/** The control: repeats wherever memory is copied, or a seed is handed down. If it does not, nothing was copied. */
export const CONTROL = 'control'

/**
 * How `crypto.randomInt` is mixed. Node keeps 1,024 integers, so that at least 176 of 1,200 callbacks have to wait for
 * a refill, which runs in a thread. Calls without a callback refill the same memory and hand out what is in it; then
 * the callbacks are handed that again. (3,000 with a callback and 2,000 without gave 976 repeats on Node 20, 22, 24
 * and 26, but none where the thread was the last to write: hence the wait for it.)
 */
const MIXED = { callbacks: 1200, waitMs: 20, plain: 200 }
/** A copy that lost its threads never hears of the refill. */
const MAX_MS = 10_000

/** In one process, `crypto.randomInt` with and without a callback. */
async function mixedInts(): Promise<number[]> {
  const values: number[] = []
  let timer: NodeJS.Timeout | undefined
  await new Promise<void>((done, fail) => {
    timer = setTimeout(() => fail(new Error(`no callback within ${MAX_MS} ms`)), MAX_MS)
    let missing = MIXED.callbacks
    for (let i = 0; i < MIXED.callbacks; i++)
      crypto.randomInt(RANGE, (error, value) => {
        if (error) return fail(error)
        values.push(value)
        if (--missing === 0) done()
      })
    for (const start = performance.now(); performance.now() - start < MIXED.waitMs; );
    for (let i = 0; i < MIXED.plain; i++) values.push(crypto.randomInt(RANGE))
  }).finally(() => clearTimeout(timer))
  return values
}

/** Length of an X25519 public key: the end of its DER form (RFC 8410 §4). */
const X25519_BYTES = 32

function x25519(): Uint8Array {
  const { publicKey } = crypto.generateKeyPairSync('x25519')
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-X25519_BYTES)
}

/** By name, in the table's order. */
export const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['random', { comparison: 'uniform', remedy: 'report this: it must never happen', make: () => () => random(16) }],
  [
    'createRandom({ maxAge: 10 })',
    {
      comparison: 'uniform',
      remedy: 'none: maxAge says that copies share up to 10 ms of it; random never does',
      make: () => {
        const aged = createRandom({ maxAge: 10 })
        return () => aged(16)
      },
    },
  ],
  ['crypto.randomUUID', { comparison: 'whole', remedy: 'use random.uuid()', make: () => () => crypto.randomUUID() }],
  [
    'crypto.randomInt',
    {
      comparison: 'whole',
      remedy: 'use random.int(max)',
      make: () => three(() => crypto.randomInt(RANGE)),
    },
  ],
  [
    'crypto.randomInt (mixed)',
    {
      comparison: 'whole',
      remedy:
        'use random.int(max): calls with and without a callback, mixed in one process, repeat whether it is copied or not',
      draws: 1,
      make: () => mixedInts,
    },
  ],
  [
    'crypto.randomBytes',
    { comparison: 'uniform', remedy: 'use random(length)', make: () => () => crypto.randomBytes(16) },
  ],
  [
    'crypto.getRandomValues',
    {
      comparison: 'uniform',
      remedy: 'use random.fill(array)',
      make: () => () => crypto.webcrypto.getRandomValues(new Uint8Array(16)),
    },
  ],
  ['Math.random', { comparison: 'whole', remedy: 'use random.float()', make: () => three(Math.random) }],
  [
    'x25519 key',
    {
      comparison: 'uniform',
      remedy: 'make keys from random: tweetnacl with atfork/tweetnacl, or a library that takes the bytes',
      make: () => x25519,
    },
  ],
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

/** What of a module can be drawn from: its functions. Classes cannot be called; Node exports CommonJS's own twice. */
const isMaker = ([name, value]: [string, unknown]): boolean =>
  typeof value === 'function' && name !== 'module.exports' && !/^class\b/.test(Function.prototype.toString.call(value))

/**
 * Every function that a module exports, as a source.
 *
 * @param file - The module's path.
 * @throws Error if there is no such file, if it does not load, or exports no function.
 */
export async function userSources(file: string): Promise<SourceRef[]> {
  const path = resolve(file)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`'${file}' is no file`)
  const { href: url } = pathToFileURL(path)
  let module: Record<string, unknown>
  try {
    module = await import(url)
  } catch (error) {
    throw new Error(`'${file}' does not load: ${error}`, { cause: error })
  }
  const names = Object.entries(module).filter(isMaker)
  if (names.length === 0) throw new Error(`'${file}' exports no function`)
  return names.map(([name]) => ({ name: `${name} (${basename(file)})`, from: { url, export: name } }))
}
