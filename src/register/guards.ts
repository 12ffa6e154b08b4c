/**
 * The guards: each calls Node's own function with the very arguments, so that what it checks, throws, returns and calls
 * back keeps its shape, and then adds fresh bytes of `random` to what came of it. lib/internal/crypto/random.js is the
 * model for how the arguments are read.
 */
import { checkView } from '../checks.ts'
import { mixBytes, mixFloat, mixInteger, mixUuid } from './mix.ts'
import { notePool } from './pools.ts'

// biome-ignore lint/suspicious/noExplicitAny: functions of all shapes
export type Fn = (this: any, ...args: any[]) => any

/** Makes a guard of an original. */
export type MakeGuard = (original: Fn) => Fn

const { apply } = Reflect

/** Calls back with what `mix` makes of the value, or with what it throws: as if Node's own function had failed. */
function mixing(callback: Fn, mix: (value: unknown) => unknown): Fn {
  return function (this: unknown, ...args: unknown[]) {
    const [error] = args
    if (error !== null && error !== undefined) return apply(callback, this, args)
    try {
      args[1] = mix(args[1])
    } catch (failure) {
      return apply(callback, this, [failure])
    }
    return apply(callback, this, args)
  }
}

/** Calls the original with one argument replaced. */
function callWith(original: Fn, self: unknown, args: unknown[], at: number, callback: Fn): unknown {
  args[at] = callback
  return apply(original, self, args)
}

const mixWhole = (bytes: unknown): unknown => {
  mixBytes(bytes as Uint8Array)
  return bytes
}

/** randomBytes(size[, callback]) */
export const guardRandomBytes: MakeGuard = (original) =>
  function randomBytes(...args) {
    const [, callback] = args
    if (typeof callback === 'function') return callWith(original, this, args, 1, mixing(callback, mixWhole))
    return mixWhole(apply(original, this, args))
  }

/** All bytes of a view or a buffer; none if it is something else or detached. */
function bytesOf(target: unknown): Uint8Array {
  try {
    return ArrayBuffer.isView(target) ? checkView('buffer', target) : new Uint8Array(target as ArrayBuffer)
  } catch {
    return new Uint8Array(0)
  }
}

/** What Node reads of a target, which may have properties of its own. */
type Target = Partial<Record<'BYTES_PER_ELEMENT' | 'byteLength' | 'length', number>> | null | undefined

/** First byte, and the one after the last. */
type Region = [start: number, end: number | undefined]

/** Where randomFill and randomFillSync fill, from what Node reads and when it does: offset and size are in elements. */
function regionOf(target: Target, offset: unknown, size: unknown): Region {
  const unit = target?.BYTES_PER_ELEMENT || 1
  const start = (typeof offset === 'number' ? offset * unit : 0) >>> 0
  return [start, typeof size === 'number' ? start + ((size * unit) >>> 0) : target?.byteLength]
}

function mixRegion(target: unknown, [start, end]: Region, guard: Fn): void {
  const filled = bytesOf(target).subarray(start, end)
  mixBytes(filled)
  if (ArrayBuffer.isView(target) && filled.length === target.byteLength) notePool(target, filled.length, guard)
}

/** randomFillSync(buffer[, offset][, size]) */
export const guardRandomFillSync: MakeGuard = (original) =>
  function randomFillSync(...args) {
    const result = apply(original, this, args)
    mixRegion(args[0], regionOf(args[0], args[1], args[2]), randomFillSync)
    return result
  }

/** randomFill(buffer[, offset][, size], callback) */
export const guardRandomFill: MakeGuard = (original) =>
  function randomFill(...args) {
    const at = typeof args[1] === 'function' ? 1 : typeof args[2] === 'function' ? 2 : 3
    const [target, offset, size] = args
    const callback = args[at]
    if (typeof callback !== 'function') return apply(original, this, args)
    // Node takes a size that is left out for a number of elements.
    const rest = at === 1 ? target?.length : at === 2 ? (target?.length ?? target?.byteLength) - offset : size
    const region = regionOf(target, at > 1 ? offset : 0, rest)
    const mix = (value: unknown): unknown => {
      mixRegion(target, region, randomFill)
      return value
    }
    return callWith(original, this, args, at, mixing(callback, mix))
  }

/** randomInt([min, ]max[, callback]) */
export const guardRandomInt: MakeGuard = (original) =>
  function randomInt(...args) {
    const hasMin = args[1] !== undefined && typeof args[1] !== 'function'
    const [min, max] = hasMin ? args : [0, args[0]]
    const at = hasMin ? 2 : 1
    const mix = (value: unknown): number => mixInteger(value as number, min, max - min)
    const callback = args[at]
    if (typeof callback === 'function') return callWith(original, this, args, at, mixing(callback, mix))
    return mix(apply(original, this, args))
  }

/** randomUUID([options]), randomUUIDv7([options]), and WebCrypto's randomUUID() */
export const guardRandomUuid: MakeGuard = (original) =>
  function randomUUID(...args) {
    return mixUuid(apply(original, this, args))
  }

/** WebCrypto's getRandomValues(typedArray) */
export const guardGetRandomValues: MakeGuard = (original) =>
  function getRandomValues(...args) {
    const result = apply(original, this, args)
    const bytes = bytesOf(result).subarray(0, result.byteLength)
    mixBytes(bytes)
    notePool(result, bytes.length, getRandomValues)
    return result
  }

/** Math.random(), which cannot be called with `new`: a method cannot either. */
export const guardMathRandom: MakeGuard = (original) =>
  ({
    random(...args: unknown[]) {
      return mixFloat(apply(original, this, args))
    },
  }).random
