/**
 * Everything that can be drawn from a stream of uniform bytes. `random`, the generators of `createRandom` and those of
 * `seeded` all have these methods.
 *
 * A generator is a function with methods: `random(16)`, `random.int(6)`. The methods stand on one prototype, so that a
 * generator that has not drawn weighs little.
 */
import { offHeap } from '../bytes.ts'
import { checkInteger, checkView, isArray, wrongKind, wrongValue } from '../checks.ts'
import { bigBelow, bits } from './bigints.ts'
import { string, URL_SAFE, uuid4 } from './ids.ts'
import { below, bits53, manyBelow } from './integers.ts'
import { samplePositions, shuffle } from './sequences.ts'
import type { ByteSource } from './source.ts'

/** An array or a typed array of any kind. */
export interface Sequence<Item> {
  readonly length: number
  readonly [index: number]: Item
}

/** The same, that can be written to. */
export interface MutableSequence {
  readonly length: number
  [index: number]: unknown
}

const MAX_BYTES = 2 ** 32
const MAX_ITEMS = 2 ** 32 - 1 // what an array can hold
const MAX_INTS = 2 ** 25 // what V8 still makes a plain array of
const MAX_STRING = 2 ** 29 - 24 // the longest string that V8 makes
const MAX_BITS = 2 ** 20
const SMALL = 256
const scratch = offHeap(SMALL)

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number

/** Lets a class stamp its private fields on a function. */
const Callable = class {
  constructor(self: object) {
    // biome-ignore lint/correctness/noConstructorReturn: returning the function is what this class is for
    return self
  }
} as new (
  self: object,
) => object
Object.setPrototypeOf(Callable.prototype, Function.prototype) // random.bind and the like

/** `[min, max)` of `int(max)` or `int(min, max)`. */
function checkRange(first: unknown, second: unknown): [min: number, range: number] {
  const min = second === undefined ? 0 : checkInteger('min', first, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER)
  const max = checkInteger('max', second === undefined ? first : second, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER)
  if (max <= min) throw wrongValue('max', `an integer above min (${min})`, max)
  if (max - min > MAX_SAFE_INTEGER) throw wrongValue('max', 'at most 2^53 - 1 above min', max)
  return [min, max - min]
}

/** The length of an array or a typed array. (That of a proxy can be anything.) */
function checkSequence(label: string, value: unknown): number {
  if (!isArray(value) && (!ArrayBuffer.isView(value) || value instanceof DataView))
    throw wrongKind(label, 'an array or a typed array', value)
  return checkInteger(`${label}.length`, (value as unknown as Sequence<unknown>).length, 0, MAX_ITEMS)
}

function checkAlphabet(value: unknown): readonly string[] {
  if (typeof value !== 'string') throw wrongKind('alphabet', 'a string', value)
  const characters = [...value]
  // Two halves of a character would come together as one, and in UTF-8 all of them are the same.
  if (characters.length === 0 || new Set(characters).size !== characters.length || !value.isWellFormed())
    throw wrongValue('alphabet', 'one character or more, each once, no lone surrogates', value)
  return characters
}

const URL_SAFE_CHARACTERS: readonly string[] = [...URL_SAFE]

/** @internal Made by {@link makeCallable}. */
export abstract class Draws extends Callable {
  readonly #source: ByteSource

  protected constructor(self: object, source: ByteSource) {
    super(self)
    this.#source = source
  }

  /**
   * Uniform bytes.
   *
   * @param length - How many, 0 to 2^32.
   * @returns A new Uint8Array.
   * @throws TypeError if `length` is no number, RangeError if it is out of range; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.bytes(32) // the same as random(32)
   * ```
   */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    checkInteger('length', length, 0, MAX_BYTES)
    const whole = length > SMALL ? this.#source.whole?.(length) : undefined
    if (whole !== undefined) return whole
    const out = new Uint8Array(length)
    this.#source.draw(out, length)
    return out
  }

  /**
   * Overwrites all bytes of a view with uniform ones.
   *
   * @param view - Any typed array or DataView; its own bytes, not the whole buffer behind it.
   * @returns The same view.
   * @throws TypeError if it is no view; EntropyError, and then the view is unchanged.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.fill(new Uint32Array(8))
   * ```
   */
  fill<View extends ArrayBufferView>(view: View): View {
    const bytes = checkView('view', view)
    const { length } = bytes // which could change while the draw runs somebody's code
    const whole = length > SMALL ? this.#source.whole?.(length) : undefined
    const out = whole ?? (length <= SMALL ? scratch : offHeap(length))
    try {
      if (whole === undefined) this.#source.draw(out, length)
      bytes.set(length <= SMALL ? out.subarray(0, length) : out)
    } finally {
      out.fill(0, 0, length)
    }
    return view
  }

  /**
   * A uniform integer: `int(max)` from 0 to max - 1, `int(min, max)` from min to max - 1.
   *
   * @param min - A safe integer.
   * @param max - A safe integer above min, by at most 2^53 - 1.
   * @throws TypeError, RangeError for arguments; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.int(6) // 0 to 5
   * random.int(1, 7) // 1 to 6
   * ```
   */
  int(max: number): number
  int(min: number, max: number): number
  int(first: number, second?: number): number {
    const [min, range] = checkRange(first, second)
    return min + below(this.#source, range)
  }

  /**
   * Many uniform integers at once, much faster than one by one: `ints(count, max)`, `ints(count, min, max)`.
   *
   * @param count - How many, 0 to 2^25.
   * @param min - As for {@link int}.
   * @param max - As for {@link int}.
   * @returns A new array of `count` integers.
   * @throws TypeError, RangeError for arguments; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.ints(1000, 6) // 1,000 dice, counted from 0
   * ```
   */
  ints(count: number, max: number): number[]
  ints(count: number, min: number, max: number): number[]
  ints(count: number, first: number, second?: number): number[] {
    checkInteger('count', count, 0, MAX_INTS)
    const [min, range] = checkRange(first, second)
    return manyBelow(this.#source, count, range, min)
  }

  /**
   * A uniform bigint: `bigint(max)` from 0 to max - 1, `bigint(min, max)` from min to max - 1.
   *
   * @throws TypeError if an argument is no bigint; RangeError if max is not above min, or by more than 2^(2^20).
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.bigint(2n ** 200n)
   * ```
   */
  bigint(max: bigint): bigint
  bigint(min: bigint, max: bigint): bigint
  bigint(first: bigint, second?: bigint): bigint {
    const min = second === undefined ? 0n : first
    const max = second === undefined ? first : second
    if (typeof min !== 'bigint') throw wrongKind('min', 'a bigint', min)
    if (typeof max !== 'bigint') throw wrongKind('max', 'a bigint', max)
    if (max <= min) throw wrongValue('max', 'a bigint above min', max)
    const last = max - min - 1n
    if (BigInt.asUintN(MAX_BITS, last) !== last) throw wrongValue('max', `at most 2^${MAX_BITS} above min`, max)
    return min + bigBelow(this.#source, max - min)
  }

  /**
   * A uniform number from 0 (included) to 1 (excluded): one of the 2^53 multiples of 2^-53.
   *
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.float() // where Math.random() was
   * ```
   */
  float(): number {
    return bits53(this.#source) * 2 ** -53
  }

  /**
   * true or false, each with probability 1/2.
   *
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.boolean()
   * ```
   */
  boolean(): boolean {
    return below(this.#source, 2) === 1
  }

  /**
   * A bigint of `count` uniform bits.
   *
   * @param count - 0 to 2^20.
   * @returns From 0n to 2n ** count - 1n.
   * @throws TypeError, RangeError for `count`; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.bits(128)
   * ```
   */
  bits(count: number): bigint {
    return bits(this.#source, checkInteger('count', count, 0, MAX_BITS))
  }

  /**
   * One item, each with the same probability.
   *
   * @param items - An array or a typed array that is not empty.
   * @throws TypeError, RangeError for `items`; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.choice(['red', 'green', 'blue'])
   * ```
   */
  choice<Item>(items: Sequence<Item>): Item {
    const length = checkSequence('items', items)
    if (length === 0) throw new RangeError('"items" expected one item or more, got none')
    return items[below(this.#source, length)] as Item
  }

  /**
   * Brings the items into a random order, each with the same probability, in place.
   *
   * @param items - An array or a typed array.
   * @returns The same array.
   * @throws TypeError for `items`, also if it is frozen; EntropyError, and then the order is unchanged.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.shuffle([1, 2, 3, 4, 5])
   * ```
   */
  shuffle<Items extends MutableSequence>(items: Items): Items {
    const length = checkSequence('items', items)
    if (length > 1 && Object.isFrozen(items))
      throw new TypeError('"items" expected an array that can be written to, got a frozen one')
    shuffle(this.#source, items, length)
    return items
  }

  /**
   * Items from `count` different places, in random order, each choice with the same probability.
   *
   * @param items - An array or a typed array; it is left as it is.
   * @param count - 0 to the number of items.
   * @returns A new array.
   * @throws TypeError, RangeError for arguments; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.sample(['ann', 'bob', 'eve', 'joe'], 2)
   * ```
   */
  sample<Item>(items: Sequence<Item>, count: number): Item[] {
    const length = checkSequence('items', items)
    checkInteger('count', count, 0, length)
    return samplePositions(this.#source, length, count).map((position) => items[position] as Item)
  }

  /**
   * A UUID of version 4 (RFC 9562 §5.4): 122 random bits, in lower case.
   *
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.uuid() // '3e2c7a0d-6c8a-4c63-9a63-0f8d6d2a4c1e', or another
   * ```
   */
  uuid(): string {
    return uuid4(this.#source)
  }

  /**
   * A string of uniformly chosen characters.
   *
   * @param length - How many characters, 0 to 2^29 - 24; half of that with an alphabet beyond U+FFFF.
   * @param alphabet - The characters (code points, no lone surrogates) to choose from, each once. Default: A-Z a-z 0-9 - _, 6 bits each.
   * @throws TypeError, RangeError for arguments; EntropyError.
   * @example
   * ```ts
   * import { random } from 'atfork'
   * random.string(21) // as hard to guess as a UUID
   * random.string(8, 'abcdefghjkmnpqrstuvwxyz23456789')
   * ```
   */
  string(length: number, alphabet?: string): string {
    checkInteger('length', length, 0, MAX_STRING)
    const characters = alphabet === undefined ? URL_SAFE_CHARACTERS : checkAlphabet(alphabet)
    if (length > MAX_STRING / 2 && characters.some((character) => character.length > 1))
      throw wrongValue(
        'length',
        `at most ${MAX_STRING / 2} characters of this alphabet, which may take two units`,
        length,
      )
    return string(this.#source, length, characters)
  }
}

/** A function that draws bytes, for {@link Draws} to stamp its fields on, with the methods of `prototype`. */
export function makeCallable(prototype: object): (length: number) => Uint8Array<ArrayBuffer> {
  const random = (length: number): Uint8Array<ArrayBuffer> => (random as unknown as Draws).bytes(length)
  return Object.setPrototypeOf(random, prototype)
}
