/** Puts guards in the place of Node's functions, and takes them away again. */
import { builtin } from '../builtins.ts'
import { makeGuard } from '../heal/guard.ts'
import {
  type Fn,
  guardGetRandomValues,
  guardMathRandom,
  guardRandomBytes,
  guardRandomFill,
  guardRandomFillSync,
  guardRandomInt,
  guardRandomUuid,
  type MakeGuard,
} from './guards.ts'
import { setMixing } from './mix.ts'

const NODE: Record<string, MakeGuard> = {
  randomBytes: guardRandomBytes,
  // Old names of randomBytes. Node makes them when they are first read.
  prng: guardRandomBytes,
  rng: guardRandomBytes,
  pseudoRandomBytes: guardRandomBytes,
  randomFill: guardRandomFill,
  randomFillSync: guardRandomFillSync,
  randomInt: guardRandomInt,
  randomUUID: guardRandomUuid,
  randomUUIDv7: guardRandomUuid,
}

/** On Crypto.prototype: node:crypto's own getRandomValues calls it there. */
const WEB: Record<string, MakeGuard> = { getRandomValues: guardGetRandomValues, randomUUID: guardRandomUuid }

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object

/** What was put in whose place, the last first. */
type Undo = () => void

/** One guard for one original, under whichever name it is found. */
const guards = new Map<Fn, Fn>()

/** The guard of a function, with its name and length. */
function guarded(original: Fn, make: MakeGuard): Fn {
  const existing = guards.get(original)
  if (existing !== undefined) return existing
  const fn = make(original)
  // With --pending-deprecation, an old name's prototype is the function that it stands for.
  const prototype = getPrototypeOf(original)
  if (prototype !== Function.prototype) setPrototypeOf(fn, guarded(prototype, make))
  for (const name of ['name', 'length'])
    defineProperty(fn, name, getOwnPropertyDescriptor(original, name) as PropertyDescriptor)
  guards.set(original, fn)
  makeGuard().originals.set(fn, original)
  return fn
}

let undo: Undo[] = []

function replace(holder: object, key: string, make: MakeGuard): void {
  const descriptor = getOwnPropertyDescriptor(holder, key)
  if (descriptor === undefined) return
  if (descriptor.configurable === false) {
    const message = `${key} is frozen, and so atfork/register does not guard it`
    process.emitWarning(message, { code: 'ATFORK_NOT_GUARDED', detail: 'Load it before what freezes that.' })
    return
  }
  const { value, get } = descriptor
  if (typeof value === 'function') {
    const guard = guarded(value, make)
    defineProperty(holder, key, { ...descriptor, value: guard })
    undo.push(() => {
      if (getOwnPropertyDescriptor(holder, key)?.value === guard) defineProperty(holder, key, descriptor)
    })
  } else if (get !== undefined) {
    // It replaces itself by a value when it is first read.
    let guard: Fn | undefined
    const reader = {
      get(): unknown {
        defineProperty(holder, key, descriptor)
        const original: unknown = Reflect.get(holder, key)
        if (typeof original !== 'function') return original
        const made = getOwnPropertyDescriptor(holder, key) as PropertyDescriptor
        guard = guarded(original as Fn, make)
        defineProperty(holder, key, { ...made, value: guard })
        return guard
      },
    }
    const { get: read } = reader
    defineProperty(holder, key, { ...descriptor, get: read })
    undo.push(() => {
      const now = getOwnPropertyDescriptor(holder, key)
      if (now?.get === read || (guard !== undefined && now?.value === guard)) defineProperty(holder, key, descriptor)
    })
  }
}

/** Guards node:crypto and WebCrypto. */
export function guardCrypto(): void {
  const crypto = builtin('crypto')
  if (crypto === undefined) return
  setMixing(true)
  for (const [key, make] of Object.entries(NODE)) replace(crypto, key, make)
  const prototype = getPrototypeOf(crypto.webcrypto)
  for (const [key, make] of Object.entries(WEB)) replace(prototype, key, make)
  builtin('module')?.syncBuiltinESMExports()
}

let mathGuarded = false

/** Guards Math.random, once. */
export function guardMath(): void {
  if (mathGuarded) return
  replace(Math, 'random', guardMathRandom)
  mathGuarded = true
}

/** Takes all guards away. What somebody has put in their place since stays, and a guard in it does nothing. */
export function unguard(): void {
  setMixing(false)
  for (const back of undo.reverse())
    try {
      back()
    } catch {
      // frozen since: the guard stays, and does nothing
    }
  undo = []
  mathGuarded = false
  guards.clear()
  builtin('module')?.syncBuiltinESMExports()
}
