/**
 * A value comes with what is true of it by its construction: the oracle must not find that out by the same means as the
 * code that it judges.
 */

/** What is true of a value. What is absent is not the case. */
export interface Truth {
  undefined?: true
  number?: number
  bigint?: bigint
  string?: string
  /** A Uint8Array of so many bytes. */
  bytes?: number
  /** Any view of so many bytes; `gone` if its buffer is detached or too short for it. */
  view?: number | 'gone'
  /** What an array or a typed array has for a length, which a proxy can make anything. */
  length?: unknown
  /** It cannot be written to. */
  frozen?: true
  /** Where it throws: at a sequence's length, and options as they are read; at a sequence's items; by the language. */
  trap?: 'length' | 'items' | 'revoked'
  function?: true
  /** The name of a hash function. */
  hash?: string
  /** May stand for options: an object that is no array and no view. Its own properties. */
  options?: { [name: string]: Truth }
}

/** A value, and what it holds: bytes of the whole buffer, or items. */
export interface Made {
  value: unknown
  contents?: () => unknown[]
}

/** Code of the caller's that a value runs when it is touched. */
export type Touch = () => undefined

/** Makes the same value again and again. */
export class Recipe {
  readonly name: string
  readonly truth: Truth
  readonly make: (touch: Touch) => Made

  constructor(name: string, truth: Truth, make: (touch: Touch) => Made) {
    this.name = name
    this.truth = truth
    this.make = make
  }

  toString(): string {
    return this.name
  }
}

/** What the caller's own code throws. */
export class Trap extends Error {
  override name = 'Trap'
}

export const recipe = (name: string, truth: Truth, make: (touch: Touch) => unknown): Recipe =>
  new Recipe(name, truth, (touch) => ({ value: make(touch) }))

/** Throws, after it has run the caller's code, whatever is done with it. */
export function touchy(touch: Touch): never {
  touch()
  throw new Trap('was called')
}

/** An object that says it is the value, to whoever converts it. */
export const converting = (touch: Touch): object => {
  const convert = (): never => touchy(touch)
  return {
    valueOf: convert,
    toString: convert,
    toJSON: convert,
    [Symbol.toPrimitive]: convert,
    [Symbol.iterator]: convert,
  }
}
