/**
 * A model of what copies may share. Several twins begin in one state and do the same things in the same order, so that
 * they are byte-for-byte copies of each other; a copy is then told apart by its identity alone, or by its kernel too.
 *
 * - Without kernel mixing (this test's own source of zeros) copies that were not remixed agree: the control.
 * - Copies that were remixed never agree, with or without it.
 * - With kernel mixing copies never agree, remixed or not.
 */
import { createHash } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { beforeEach, expect, test, vi } from 'vitest'
import type { EntropySource } from '../src/entropy/source.ts'
import { EntropyError } from '../src/errors.ts'
import { atfork } from '../src/lifecycle/atfork.ts'
import { Pool } from '../src/pool.ts'
import { repeatedBlocks } from './support/blocks.ts'

let who = 0
vi.mock('../src/lifecycle/identity.ts', async (original) => ({
  ...(await original<typeof import('../src/lifecycle/identity.ts')>()),
  identity: () => Uint8Array.of(who),
  noticeCopy: () => undefined,
}))

const TWINS = 5

/** A kernel that gives zeros, or bytes of its own; that counts refills; and that can fail. */
class TestKernel implements EntropySource {
  readonly kind = 'kernel'
  refills = 0
  failing = false
  #reads = 0
  /** Two kernels of one name give the same bytes. */
  name: string

  constructor(name: string) {
    this.name = name
  }

  check(): void {
    if (this.failing) throw new EntropyError('ERR_ENTROPY_SOURCE_MISSING', 'gone')
    this.refills++
  }

  read(out: Uint8Array, start: number, length: number): void {
    if (this.failing) throw new EntropyError('ERR_ENTROPY_SOURCE_UNREADABLE', 'gone')
    out.fill(0, start, start + length)
    if (this.name === '') return
    const bytes = createHash('shake256', { outputLength: length })
      .update(`${this.name}/${this.#reads++}`)
      .digest()
    out.set(bytes, start)
  }
}

class Twin {
  identity = 0
  readonly kernel: TestKernel
  readonly pool: Pool
  constructor(mixing: boolean, expand: 'aes' | 'hmac') {
    this.kernel = new TestKernel(mixing ? 'common' : '')
    this.pool = new Pool({
      source: this.kernel,
      hash: sha256,
      personalization: new Uint8Array(0),
      entropy: undefined,
      maxAge: 0,
      expand,
      onFork: 'remix',
    })
  }

  as<Result>(use: (pool: Pool) => Result): Result {
    who = this.identity
    return use(this.pool)
  }
}

/** What makes the state of a twin: twins of one history agree. */
interface Model {
  histories: string[]
}
interface Real {
  twins: Twin[]
  mixing: boolean
}

let copies = 0
beforeEach(() => {
  copies = 0
})

/** Draws the same from all twins: those of one history get the same, others share no block. */
class Draw implements fc.Command<Model, Real> {
  readonly length: number
  constructor(length: number) {
    this.length = length
  }
  check(): boolean {
    return true
  }
  run(model: Model, { twins }: Real): void {
    const outs = twins.map((twin, i) => {
      const before = twin.kernel.refills
      const out = new Uint8Array(this.length)
      twin.as((pool) => pool.draw(out, out.length))
      if (twin.kernel.refills !== before) model.histories[i] += `/remixed as ${twin.identity}`
      return out
    })
    const byHistory = new Map<string, Uint8Array>()
    outs.forEach((out, i) => {
      const history = model.histories[i] as string
      expect(out, `twins of history ${history} agree`).toEqual(byHistory.get(history) ?? out)
      byHistory.set(history, out)
    })
    expect(repeatedBlocks(byHistory.values()), 'twins of different histories share nothing').toBe(0)
  }
  toString(): string {
    return `draw(${this.length})`
  }
}

/** From here on the twin is another process: it has an identity of its own, and what its kernel gives is its own. */
class Clone implements fc.Command<Model, Real> {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
  check(): boolean {
    return copies < 200 // identities are one byte
  }
  run(model: Model, { twins, mixing }: Real): void {
    const twin = twins[this.index] as Twin
    twin.identity = ++copies
    if (!mixing) return
    twin.kernel.name = `copy ${copies}`
    model.histories[this.index] += `/copy ${copies}`
  }
  toString(): string {
    return `clone(${this.index})`
  }
}

class Reseed implements fc.Command<Model, Real> {
  check(): boolean {
    return true
  }
  run(model: Model, { twins }: Real): void {
    twins.forEach((twin, i) => {
      twin.as((pool) => pool.reseed(Uint8Array.of(7)))
      model.histories[i] += `/reseeded as ${twin.identity}`
    })
  }
  toString(): string {
    return 'reseed()'
  }
}

class Atfork implements fc.Command<Model, Real> {
  check(): boolean {
    return true
  }
  run(): void {
    atfork() // seen at the next draw, which then counts as a refill
  }
  toString(): string {
    return 'atfork()'
  }
}

/** One twin's kernel fails for a while. That twin still agrees with those that saw nothing of it. */
class KernelFailure implements fc.Command<Model, Real> {
  readonly index: number
  readonly length: number
  constructor(index: number, length: number) {
    this.index = index
    this.length = length
  }
  check(): boolean {
    return true
  }
  run(_: Model, { twins }: Real): void {
    const twin = twins[this.index] as Twin
    twin.kernel.failing = true
    expect(() => twin.as((pool) => pool.draw(new Uint8Array(this.length), this.length))).toThrow(EntropyError)
    expect(() => twin.as((pool) => pool.reseed(new Uint8Array(0)))).toThrow(EntropyError)
    twin.kernel.failing = false
  }
  toString(): string {
    return `kernelFailure(${this.index}, ${this.length})`
  }
}

const length = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 16, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(256, 257, 9_000, 65_537) },
)
const index = fc.integer({ min: 0, max: TWINS - 1 })
const commands = fc.commands(
  [
    length.map((n) => new Draw(n)),
    length.map((n) => new Draw(n)),
    index.map((i) => new Clone(i)),
    fc.constant(new Reseed()),
    fc.constant(new Atfork()),
    fc.tuple(index, length).map(([i, n]) => new KernelFailure(i, n)),
  ],
  { maxCommands: 40 },
)

test.each([
  ['without kernel mixing', false, 'aes'],
  ['with kernel mixing', true, 'aes'],
  ['HMAC-DRBG alone, without kernel mixing', false, 'hmac'],
] as const)('copies agree exactly as far as they have one history, %s', (_, mixing, expand) => {
  fc.assert(
    fc.property(commands, (run) => {
      copies = 0
      fc.modelRun(
        () => ({
          model: { histories: Array.from({ length: TWINS }, () => 'root') },
          real: { twins: Array.from({ length: TWINS }, () => new Twin(mixing, expand)), mixing },
        }),
        run,
      )
    }),
    { numRuns: expand === 'aes' ? 50 : 15 },
  )
})
