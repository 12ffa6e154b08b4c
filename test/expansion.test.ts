/** Pools from one seed: what each is made of, how many there are, and what is left in memory. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Expansion as Kind } from '../src/expansion.ts'
import { ctrDrbg } from './support/oracle.ts'

const SEED = 48
const LENGTH = 100
const newSeed = (): Uint8Array => Uint8Array.from({ length: SEED }, (_, i) => 3 * i + 1)
const ZEROS = new Uint8Array(SEED)

/** What CTR_DRBG gives by node:crypto's ECB, seed by seed. */
function expected(pools: number): Uint8Array[] {
  let seed = newSeed()
  return Array.from({ length: pools }, () => {
    const { bytes } = ctrDrbg(seed, LENGTH + SEED)
    seed = Uint8Array.from(bytes.subarray(LENGTH))
    return Uint8Array.from(bytes.subarray(0, LENGTH))
  })
}

/** All that it made, and what the next cipher does before it works. */
let made: Uint8Array[] = []
let before: () => void = () => {}
let Expansion: typeof Kind

beforeEach(async () => {
  made = []
  before = () => {}
  vi.resetModules()
  const real = await vi.importActual<typeof import('../src/drbg/ctr-drbg.ts')>('../src/drbg/ctr-drbg.ts')
  vi.doMock('../src/drbg/ctr-drbg.ts', () => ({
    ...real,
    ctrDrbg: (seed: Uint8Array, length: number) => {
      const first = before
      before = () => {}
      first()
      const bytes = real.ctrDrbg(seed, length)
      made.push(bytes)
      return bytes
    },
  }))
  ;({ Expansion } = await import('../src/expansion.ts'))
})
afterEach(() => {
  vi.doUnmock('../src/drbg/ctr-drbg.ts')
})

const next = (expansion: Kind): Uint8Array | undefined => {
  const pool = expansion.next(LENGTH)
  return pool && Uint8Array.from(pool)
}

test.for([1, 2, 8])('%i pools, each from the seed that the one before gave', (pools) => {
  const expansion = new Expansion()
  expect(expansion.next(LENGTH)).toBeUndefined()
  const seed = newSeed()
  expansion.start(seed, pools)
  expect(Array.from({ length: pools }, () => next(expansion))).toEqual(expected(pools))
  expect(expansion.next(LENGTH)).toBeUndefined()
  expect(seed).toEqual(ZEROS)
})

describe('memory', () => {
  test('a seed that has been used is nowhere: it is overwritten by the next, and wiped after the last', () => {
    const expansion = new Expansion()
    const seed = newSeed()
    expansion.start(seed, 2)
    const pool = expansion.next(LENGTH) as Uint8Array
    expect(pool.length).toBe(LENGTH)
    expect(new Uint8Array((made[0] as Uint8Array).buffer).subarray(LENGTH, LENGTH + SEED)).toEqual(ZEROS)
    expect(seed).toEqual(Uint8Array.from(ctrDrbg(newSeed(), LENGTH + SEED).bytes.subarray(LENGTH)))
    expansion.next(LENGTH)
    expect(seed).toEqual(ZEROS)
  })

  test('end() and start() wipe what is left, and there is no pool any more', () => {
    for (const stop of [(e: Kind) => e.end(), (e: Kind) => e.start(newSeed(), 1)]) {
      const expansion = new Expansion()
      const seed = newSeed()
      expansion.start(seed, 3)
      stop(expansion)
      expect(seed).toEqual(ZEROS)
    }
    const ended = new Expansion()
    ended.start(newSeed(), 3)
    ended.end()
    expect(ended.next(LENGTH)).toBeUndefined()
  })

  test('a cipher that fails: the seed is wiped, and there is none left', () => {
    const expansion = new Expansion()
    const seed = newSeed()
    expansion.start(seed, 3)
    before = () => {
      throw new RangeError('no memory')
    }
    expect(() => expansion.next(LENGTH)).toThrow('no memory')
    expect(seed).toEqual(ZEROS)
    expect(expansion.next(LENGTH)).toBeUndefined()
  })
})

test('what is asked in the midst of a cipher’s start gets nothing of the same seed', () => {
  const expansion = new Expansion()
  const [seed, other] = [newSeed(), newSeed().fill(9)]
  expansion.start(seed, 3)
  before = () => {
    expect(expansion.next(LENGTH)).toBeUndefined()
    expansion.start(other, 3) // a refill
  }
  expect(next(expansion)).toEqual(expected(1)[0])
  expect(other).toEqual(ZEROS)
  expect(next(expansion)).toEqual(expected(2)[1])
})
