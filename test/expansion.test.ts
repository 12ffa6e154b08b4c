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
/** What the last cipher that was interrupted gave, in hex. */
let interrupted = ''
const nothing = (): void => {}
let before: () => void = nothing
let Expansion: typeof Kind

beforeEach(async () => {
  made = []
  before = nothing
  vi.resetModules()
  const real = await vi.importActual<typeof import('../src/drbg/ctr-drbg.ts')>('../src/drbg/ctr-drbg.ts')
  vi.doMock('../src/drbg/ctr-drbg.ts', () => ({
    ...real,
    ctrDrbg: (seed: Uint8Array, length: number) => {
      const first = before
      before = nothing
      first()
      const bytes = real.ctrDrbg(seed, length)
      made.push(bytes)
      if (first !== nothing) interrupted = Buffer.from(bytes).toString('hex')
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

describe('a draw in the midst of a cipher’s start', () => {
  test('gets nothing of the same seed', () => {
    const expansion = new Expansion()
    expansion.start(newSeed(), 3)
    before = () => expect(expansion.next(LENGTH)).toBeUndefined()
    expect(next(expansion)).toEqual(expected(1)[0])
    expect(next(expansion)).toEqual(expected(2)[1])
  })

  test('that starts anew: what is older is wiped, and given to nobody; there are as many pools as it said', () => {
    const expansion = new Expansion()
    const [old, seed] = [newSeed().fill(9), newSeed()]
    expansion.start(old, 3)
    before = () => expansion.start(seed, 2)
    expect(expansion.next(LENGTH)).toBeUndefined()
    expect(old).toEqual(ZEROS)
    expect(made[0]).toEqual(new Uint8Array(LENGTH + SEED))
    expect([next(expansion), next(expansion)]).toEqual(expected(2))
    expect(expansion.next(LENGTH)).toBeUndefined()
  })

  test('that uses all of it up: there is none', () => {
    const expansion = new Expansion()
    expansion.start(newSeed().fill(9), 3)
    before = () => {
      expansion.start(newSeed(), 1)
      expect(next(expansion)).toEqual(expected(1)[0])
    }
    expect(expansion.next(LENGTH)).toBeUndefined()
    expect(expansion.next(LENGTH)).toBeUndefined()
  })

  /** A generator within maxAge, and draws from it. */
  async function generator() {
    const { Pool } = await import('../src/pool.ts')
    const { sha256 } = await import('@noble/hashes/sha2.js')
    const source = {
      kind: 'kernel' as const,
      reads: 0,
      check() {},
      read: (out: Uint8Array) => void out.fill(++source.reads),
    }
    const pool = new Pool({
      source,
      hash: sha256,
      personalization: new Uint8Array(0),
      entropy: undefined,
      maxAge: 1e6,
      expand: 'aes',
      onFork: 'remix',
    })
    const draw = (bytes: number): string => {
      const out = Buffer.alloc(bytes)
      pool.draw(out, bytes)
      return out.toString('hex')
    }
    return { source, draw }
  }
  const ALL = 16 // draws of 2048 bytes: a whole pool

  test('a generator whose first pool is used up by it makes another', async () => {
    const { draw } = await generator()
    const inner: string[] = []
    before = () => {
      for (let i = 0; i < ALL; i++) inner.push(draw(2048))
    }
    const outer = draw(2048)
    expect(inner).toHaveLength(ALL)
    expect(outer).not.toMatch(/^0+$/)
    expect(inner).not.toContain(outer)
  })

  test.each([16, 2048])('a generator hands out nothing that is older than the copy, %i bytes', async (length) => {
    const { expirePools } = await import('../src/lifecycle/record.ts')
    const { source, draw } = await generator()
    for (let i = 0; i < ALL; i++) draw(2048)
    const inner: string[] = []
    before = () => {
      expirePools()
      for (let i = 0; i < 140; i++) inner.push(draw(2048)) // more than one refill gives
    }
    const reads = source.reads
    const outer = [draw(length), draw(length)]
    expect(source.reads).toBeGreaterThan(reads + 1)
    expect(inner.length).toBe(140)
    for (const bytes of outer) {
      expect(bytes).not.toMatch(/^0+$/)
      expect(inner.some((one) => one.startsWith(bytes))).toBe(false)
      expect(interrupted).not.toContain(bytes) // what the old chain gave
    }
  })
})
