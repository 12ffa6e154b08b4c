/**
 * Argument checks. All of them run before any state is touched, and none of them calls the caller's code: no
 * `valueOf`, no getter, no overridden `length`. Messages read `"label" expected X, got Y`; Y never shows the content
 * of a string or a buffer, which may be secret.
 */

const { getPrototypeOf, getOwnPropertyDescriptor, hasOwn } = Object
const { apply } = Reflect

// The getters of the language itself: a subclass can override `length`, `buffer` and the like, but not these.
const getter = (prototype: object, name: string): (() => unknown) =>
  getOwnPropertyDescriptor(prototype, name)?.get as () => unknown
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object
const typedArray = {
  tag: getter(typedArrayPrototype, Symbol.toStringTag as unknown as string),
  buffer: getter(typedArrayPrototype, 'buffer'),
  byteOffset: getter(typedArrayPrototype, 'byteOffset'),
  byteLength: getter(typedArrayPrototype, 'byteLength'),
  keys: (typedArrayPrototype as Uint8Array).keys,
}
const dataView = {
  buffer: getter(DataView.prototype, 'buffer'),
  byteOffset: getter(DataView.prototype, 'byteOffset'),
  byteLength: getter(DataView.prototype, 'byteLength'),
}

/** Longer ones are not printed: it takes a second for some. */
const LONG = 10n ** 40n

/** For what throws on a detached buffer, or on a revoked proxy. */
function attempt<Result>(ask: () => Result, otherwise: Result): Result {
  try {
    return ask()
  } catch {
    return otherwise
  }
}

/** Says what a value is without running any code of its own. */
function got(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'bigint') return value < LONG && value > -LONG ? `${value}n` : 'a bigint of over 40 digits'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return `a string of length ${value.length}`
  if (ArrayBuffer.isView(value)) return attempt(() => `a view of ${viewBytes(value).length} bytes`, 'a detached view')
  if (typeof value === 'object') return isArray(value) ? 'an array' : 'an object'
  return typeof value
}

/** The value is of the wrong kind. */
export const wrongKind = (label: string, expected: string, value: unknown): TypeError =>
  new TypeError(`"${label}" expected ${expected}, got ${got(value)}`)

/** The value is of the right kind and out of range. */
export const wrongValue = (label: string, expected: string, value: unknown): RangeError =>
  new RangeError(`"${label}" expected ${expected}, got ${got(value)}`)

/**
 * The bytes under a view, whatever its class claims about them. Throws if its buffer is detached, or was resized to end
 * before it does. A typed array claims to be empty then; its methods throw, as a DataView's getters do.
 */
function viewBytes(view: ArrayBufferView): Uint8Array {
  const of = apply(typedArray.tag, view, []) === undefined ? dataView : typedArray
  const length = apply(of.byteLength, view, []) as number
  if (length === 0 && of === typedArray) apply(typedArray.keys, view, [])
  return new Uint8Array(apply(of.buffer, view, []) as ArrayBuffer, apply(of.byteOffset, view, []) as number, length)
}

/** The bytes of any ArrayBufferView. */
export function checkView(label: string, value: unknown): Uint8Array {
  if (!ArrayBuffer.isView(value)) throw wrongKind(label, 'an ArrayBufferView', value)
  try {
    return viewBytes(value)
  } catch {
    throw new TypeError(`"${label}" expected a view on an attached buffer, got one that is detached or out of bounds`)
  }
}

/**
 * A Uint8Array (a Buffer is one) of `min` to `max` bytes. What other threads could change while it is used is copied.
 */
export function checkBytes(label: string, value: unknown, min = 0, max: number = Number.MAX_SAFE_INTEGER): Uint8Array {
  if (!ArrayBuffer.isView(value) || apply(typedArray.tag, value, []) !== 'Uint8Array')
    throw wrongKind(label, 'a Uint8Array', value)
  const bytes = checkView(label, value)
  if (bytes.length < min || bytes.length > max)
    throw wrongValue(label, min > 0 ? `${min} to ${max} bytes` : `at most ${max} bytes`, value)
  return bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice()
}

/** A whole number from `min` to `max`. */
export function checkInteger(label: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw wrongKind(label, 'a number', value)
  if (!Number.isInteger(value) || value < min || value > max)
    throw wrongValue(label, `an integer from ${min} to ${max}`, value)
  return value
}

/** One of the given strings. */
export function checkOneOf<Choice extends string>(label: string, value: unknown, choices: readonly Choice[]): Choice {
  if (typeof value !== 'string') throw wrongKind(label, 'a string', value)
  const choice = choices.find((known) => known === value)
  if (choice === undefined) throw new RangeError(`"${label}" expected '${choices.join("' or '")}', got another string`)
  return choice
}

/** A function. */
export function checkFunction<F extends (...args: never[]) => unknown>(label: string, value: unknown): F {
  if (typeof value !== 'function') throw wrongKind(label, 'a function', value)
  return value as F
}

/**
 * One option of an options object, or its default: by its own property alone, so that a polluted Object.prototype sets
 * no options. Reading may run a getter of the caller's: all options are read before any is checked.
 */
export function option<Options extends object, Key extends keyof Options & string, Default>(
  options: Options | undefined,
  key: Key,
  otherwise: Default,
): Exclude<Options[Key], undefined> | Default {
  const value = options !== undefined && hasOwn(options, key) ? options[key] : undefined
  return value === undefined ? otherwise : (value as Exclude<Options[Key], undefined>)
}

/** Array.isArray itself throws at a revoked proxy. */
export const isArray = (value: unknown): boolean => attempt(() => Array.isArray(value), false)

/** An options object, or nothing. An array or a view is taken for a mistake: somebody passes a seed. */
export function checkOptions<Options extends object>(label: string, value: Options | undefined): Options | undefined {
  if (value === undefined) return undefined
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || isArray(value))
    throw wrongKind(label, 'an object', value)
  return value
}
