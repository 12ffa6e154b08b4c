/**
 * Every byte that a pool hands out, against the oracle; and that no secret which has been used is in memory that the
 * package has asked for.
 */
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ForkError } from '../src/errors.ts'
import type { CopyKind } from '../src/lifecycle/record.ts'
import * as record from '../src/lifecycle/record.ts'
import { Pool } from '../src/pool.ts'
import { PoolOracle, ScriptedKernel } from './support/pool-oracle.ts'

const IDENTITY = Uint8Array.of(1, 2, 3, 4, 5)
let notice: () => CopyKind | undefined = () => undefined
vi.mock('../src/lifecycle/identity.ts', async (original) => ({
  ...(await original<typeof import('../src/lifecycle/identity.ts')>()),
  identity: () => IDENTITY,
  noticeCopy: () => notice(),
}))

/** All memory that was asked for, and what a snapshot's build would call. */
const asked = vi.hoisted(() => ({ memory: [] as Uint8Array[], releases: [] as (() => void)[] }))
vi.mock('../src/bytes.ts', async (original) => {
  const real = await original<typeof import('../src/bytes.ts')>()
  const seen = <Made>(made: Made, bytes: Uint8Array): Made => {
    asked.memory.push(bytes)
    return made
  }
  return {
    ...real,
    offHeap: (length: number) => {
      const made = real.offHeap(length)
      return seen(made, made)
    },
    words: (length: number) => {
      const made = real.words(length)
      return seen(made, made.bytes)
    },
  }
})

vi.mock('../src/startup-snapshot.ts', async (original) => ({
  ...(await original<typeof import('../src/startup-snapshot.ts')>()),
  beforeSerialize: (release: () => void) => asked.releases.push(release),
}))

const atImport = [...asked.memory] // the buffers that all generators use in turn
beforeEach(() => {
  asked.memory = [...atImport]
  asked.releases = []
  notice = () => undefined
})

const HASHES = { sha256, sha512 }
interface Settings {
  hash: 'sha256' | 'sha512'
  expand: 'aes' | 'hmac'
  aged: boolean
  onFork?: 'remix' | 'throw'
  personalization?: Uint8Array
  entropy?: boolean
}

let serial = 0
/** A pool and its oracle, each with a kernel of its own that gives the same bytes. */
function both({ hash, expand, aged, onFork = 'remix', personalization = new Uint8Array(0), entropy }: Settings) {
  const name = `kernel ${serial++}`
  const source = new ScriptedKernel(name)
  const kernel = new ScriptedKernel(name)
  const userEntropy = () => {
    let asked = 0
    return (length: number) => new Uint8Array(length + 5).fill(++asked + 100)
  }
  const pool = new Pool({
    source,
    hash: HASHES[hash],
    personalization,
    entropy: entropy ? userEntropy() : undefined,
    maxAge: aged ? 1000 : 0,
    expand,
    onFork,
  })
  const oracle = new PoolOracle({
    kernel,
    hash,
    expand,
    aged,
    personalization,
    entropy: entropy ? userEntropy() : undefined,
    inputs: () => Buffer.concat([IDENTITY, record.mixed()]),
  })
  return { pool, source, oracle, kernel }
}

/** As random(length) does it. */
function drawn(pool: Pool, length: number): Uint8Array {
  const whole = pool.whole(length)
  if (whole !== undefined) return whole
  const out = new Uint8Array(length)
  pool.draw(out, length)
  return out
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
/** Bytes of a secret that do not occur by chance. */
const TELLING = 16

function expectNoneKept(secrets: readonly Uint8Array[]): void {
  for (const secret of secrets.filter(({ length }) => length >= TELLING))
    for (const bytes of asked.memory)
      expect(Buffer.from(bytes.buffer).includes(Buffer.from(secret.subarray(0, TELLING)))).toBe(false)
}

type Step = { draw: number; times: number } | { reseed: Uint8Array } | 'expire' | 'release'
const LENGTHS = [0, 1, 3, 4, 5, 16, 48, 64, 65, 255, 256, 257, 2047, 2048, 2049, 5000]
/** HMAC takes too long for them. */
const LONG = [65_535, 65_536, 65_537, 140_000]
const stepOf = (lengths: number[], most: number): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ draw: fc.constantFrom(...lengths), times: fc.constant(1) }) },
    // All that one refill gives, and more.
    { weight: 2, arbitrary: fc.record({ draw: fc.constantFrom(200, 2048), times: fc.integer({ min: 2, max: most }) }) },
    { weight: 1, arbitrary: fc.record({ reseed: fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.slice()) }) },
    { weight: 2, arbitrary: fc.constantFrom<Step>('expire', 'release') },
  )

const CONFIGURATIONS: Settings[] = [
  { hash: 'sha256', expand: 'aes', aged: false },
  { hash: 'sha256', expand: 'aes', aged: true },
  { hash: 'sha512', expand: 'aes', aged: true, entropy: true, personalization: Uint8Array.of(7, 7) },
  { hash: 'sha512', expand: 'hmac', aged: false, entropy: true },
  { hash: 'sha256', expand: 'hmac', aged: true, personalization: Uint8Array.of(8) },
]

test.each(CONFIGURATIONS)('$expand, $hash, maxAge: $aged, entropy: $entropy', (settings) => {
  const step = settings.expand === 'aes' ? stepOf([...LENGTHS, ...LONG], 60) : stepOf(LENGTHS, 6)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { pool, source, oracle, kernel } = both(settings)
      for (const each of steps) {
        if (each === 'expire') {
          record.expirePools()
          oracle.expired = true
        } else if (each === 'release') {
          for (const release of asked.releases) release()
          asked.releases = []
          oracle.forget()
        } else if ('reseed' in each) {
          pool.reseed(each.reseed)
          oracle.refill(each.reseed)
        } else
          for (let i = 0; i < each.times; i++) {
            const whole = settings.expand === 'aes' && each.draw > oracle.longest && each.draw <= 65_536
            expect(pool.whole(each.draw) !== undefined).toBe(whole)
            if (whole) oracle.draw(each.draw)
            expect(hex(drawn(pool, each.draw))).toBe(hex(oracle.draw(each.draw)))
          }
        expect(source.reads).toBe(kernel.reads)
      }
      expectNoneKept(oracle.secrets.slice(-100))
    }),
    { numRuns: 10 },
  )
})

test('control: what is in use is found in that memory', () => {
  const { pool, source, oracle, kernel } = both({ hash: 'sha256', expand: 'aes', aged: false })
  drawn(pool, 16)
  oracle.draw(16)
  const kernelBytes = kernel.bytes(200)
  source.reading = () => expect(() => expectNoneKept([kernelBytes])).toThrow()
  drawn(pool, 200)
  source.reading = () => {}
  expectNoneKept([kernelBytes])
})

test('a long draw within the read of a long draw takes nothing away from it', () => {
  const { pool, source } = both({ hash: 'sha256', expand: 'aes', aged: false })
  let inner: Uint8Array | undefined
  source.reading = (read) => {
    if (read === 1) inner = pool.whole(300)
  }
  const outer = pool.whole(300)
  expect(inner?.length).toBe(300)
  expect(hex(inner as Uint8Array)).not.toBe(hex(outer as Uint8Array))
  expect(outer?.length).toBe(300)
})

describe('an event in the midst of a draw', () => {
  /** The event comes with the read of that number. */
  const eventAt = (at: number, { source, oracle, kernel }: ReturnType<typeof both>): void => {
    source.reading = (read) => {
      if (read === at) record.publishEvent('clone')
    }
    kernel.reading = (read) => {
      if (read !== at) return
      oracle.expired = true
      oracle.events++
    }
  }

  describe.each(CONFIGURATIONS)('$expand, $hash, maxAge: $aged', (settings) => {
    // Read 0 is a refill's.
    test.each([
      [16, 0],
      [16, 1],
      [5000, 0],
      [5000, 1],
      [70_000, 0],
      [70_000, 1],
      [70_000, 3],
    ])('of %i bytes, with read %i: what had been drawn is thrown away', (length, at) => {
      const pair = both(settings)
      eventAt(at, pair)
      for (let i = 0; i < 3; i++) expect(hex(drawn(pair.pool, length))).toBe(hex(pair.oracle.draw(length)))
      expect(pair.source.reads).toBe(pair.kernel.reads)
    })
  })
})

describe("onFork: 'throw'", () => {
  const settings: Settings = { hash: 'sha256', expand: 'aes', aged: false, onFork: 'throw' }

  test('a copy that nobody had noticed when it was made is none of its business', () => {
    const found: (CopyKind | undefined)[] = ['fork']
    notice = () => found.pop()
    const { pool } = both(settings)
    expect(found).toEqual([])
    drawn(pool, 16)
  })

  test('others look at nothing when they are made', () => {
    notice = () => expect.fail('looked')
    both({ ...settings, onFork: 'remix' })
  })

  // Each way to a refill, and an event that comes with it: not what reseed() was called for.
  test.each<[string, boolean, (pool: Pool) => void]>([
    ['the first draw', false, () => {}],
    [
      'pools that expired, fresh',
      false,
      (pool) => {
        drawn(pool, 16)
        record.expirePools()
      },
    ],
    [
      'pools that expired, within maxAge',
      true,
      (pool) => {
        drawn(pool, 16)
        record.expirePools()
      },
    ],
    [
      'a pool that is too old',
      true,
      (pool) => {
        drawn(pool, 16)
        vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2000)
      },
    ],
  ])('%s: an event meanwhile is not accepted by it', (_, aged, prepare) => {
    const { pool, source } = both({ ...settings, aged })
    try {
      prepare(pool)
      let left = 1
      source.checking = () => {
        if (left-- > 0) record.publishEvent('clone')
      }
      const twice = (): Uint8Array[] => [drawn(pool, 16), drawn(pool, 16)]
      expect(twice).toThrow(ForkError)
      expect(left).toBeLessThan(1)
      expect(twice).toThrow(ForkError)
      pool.reseed(new Uint8Array(0))
      drawn(pool, 16)
    } finally {
      vi.restoreAllMocks()
    }
  })
})

describe('before a snapshot', () => {
  test('all is wiped, twice if need be, and nothing of a pool that is gone', () => {
    const { pool, oracle } = both({ hash: 'sha256', expand: 'aes', aged: true })
    expect(hex(drawn(pool, 16))).toBe(hex(oracle.draw(16)))
    for (let i = 0; i < 3; i++) pool.reseed(new Uint8Array(0))
    expect(asked.releases.length).toBe(1) // for the instantiation, not for each reseed
    expect(asked.memory.some((bytes) => bytes.some((byte) => byte !== 0))).toBe(true)
    for (let i = 0; i < 2; i++) asked.releases[0]?.()
    // A DRBG's first V is all ones, and no secret.
    for (const bytes of asked.memory) expect(new Set(bytes).size < 2 && (bytes[0] ?? 0) < 2).toBe(true)

    vi.stubGlobal(
      'WeakRef',
      class {
        deref = () => undefined
      },
    )
    drawn(both({ hash: 'sha256', expand: 'aes', aged: false }).pool, 16)
    asked.releases.at(-1)?.()
    vi.unstubAllGlobals()
  })
})
