/** Small draws, each next to what one would write without this package. */
import * as crypto from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { createRandom, random } from 'atfork'
import { nanoid } from 'nanoid'
import { v4, v7 } from 'uuid'
import { ratio } from '../row.mjs'

const fast = createRandom({ maxAge: 10 })
const CARDS = Array.from({ length: 52 }, (_, card) => card)

const readInto = (view) => {
  const device = openSync('/dev/urandom')
  return () => readSync(device, view, 0, view.length, 0)
}
const words = new Uint32Array(2)
/** As many bits as random.float() has: 53. */
const float = () => {
  crypto.getRandomValues(words)
  return (words[0] * 2 ** 21 + (words[1] >>> 11)) / 2 ** 53
}
/** Fisher and Yates, as one writes it. */
const shuffle = (items) => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = crypto.randomInt(i + 1)
    ;[items[i], items[j]] = [items[j], items[i]]
  }
}
const uncached = () => crypto.randomUUID({ disableEntropyCache: true })
const oneOfCards = () => CARDS[crypto.randomInt(52)]
const pictured = { pictured: true }

/**
 * A refill comes once in some thousand draws, and V8 compiles what runs seldom late: after seconds of drawing. These rows
 * are of a process that has been at it for so long.
 */
const REFILLS = 1000
const warmUp = (generator) => {
  for (let i = 0; i < REFILLS; i++) generator.reseed()
}

function rows(name, generator) {
  const versus = (ours, theirs, prepare, options) =>
    ratio(
      ours,
      theirs,
      () => {
        warmUp(generator)
        return prepare()
      },
      options,
    )
  return [
    versus(
      `${name}(16)`,
      'crypto.randomBytes(16)',
      () => [() => generator(16), () => crypto.randomBytes(16)],
      pictured,
    ),
    versus(
      `${name}(16)`,
      'readSync of 16 bytes',
      () => [() => generator(16), readInto(new Uint8Array(new ArrayBuffer(16)))],
      pictured,
    ),
    versus(`${name}(16)`, 'getRandomValues(new Uint8Array(16))', () => [
      () => generator(16),
      () => crypto.getRandomValues(new Uint8Array(16)),
    ]),
    versus(`${name}.fill(16 bytes)`, 'crypto.randomFillSync(16 bytes)', () => {
      const view = new Uint8Array(16)
      return [() => generator.fill(view), () => crypto.randomFillSync(view)]
    }),
    versus(`${name}(32)`, 'crypto.randomBytes(32)', () => [() => generator(32), () => crypto.randomBytes(32)]),
    versus(`${name}(32)`, 'readSync of 32 bytes', () => [() => generator(32), readInto(new Uint8Array(32))]),
    versus(`${name}.uuid()`, 'crypto.randomUUID(), no cache', () => [() => generator.uuid(), uncached], pictured),
    versus(
      `${name}.uuid()`,
      'crypto.randomUUID()',
      () => [() => generator.uuid(), () => crypto.randomUUID()],
      pictured,
    ),
    versus(`${name}.uuid()`, 'uuid v4()', () => [() => generator.uuid(), () => v4()]),
    versus(`${name}.uuidv7()`, 'uuid v7()', () => [() => generator.uuidv7(), () => v7()], pictured),
    versus(
      `${name}.int(6)`,
      'crypto.randomInt(6)',
      () => [() => generator.int(6), () => crypto.randomInt(6)],
      pictured,
    ),
    versus(
      `${name}.ints(1000, 6), each`,
      'crypto.randomInt(6)',
      () => [() => generator.ints(1000, 6), () => crypto.randomInt(6)],
      { per: 1000, pictured: true },
    ),
    versus(`${name}.float()`, '53 bits of getRandomValues', () => [() => generator.float(), float], pictured),
    versus(`${name}.float()`, 'Math.random(), no CSPRNG', () => [() => generator.float(), () => Math.random()]),
    versus(`${name}.string(21)`, 'nanoid()', () => [() => generator.string(21), () => nanoid()], pictured),
    versus(`${name}.choice(52)`, 'one by crypto.randomInt', () => [() => generator.choice(CARDS), oneOfCards]),
    versus(
      `${name}.shuffle(52)`,
      '51 × crypto.randomInt',
      () => {
        const [ours, theirs] = [[...CARDS], [...CARDS]]
        return [() => generator.shuffle(ours), () => shuffle(theirs)]
      },
      pictured,
    ),
  ]
}

/** `fast` is a generator with `maxAge: 10`. */
export const draws = [...rows('random', random), ...rows('fast', fast)]
