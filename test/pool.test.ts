/** What must hold when others act in the middle of a draw. Each of these once failed. */
import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test, vi } from 'vitest'
import type { EntropySource } from '../src/entropy/source.ts'
import { EntropyError } from '../src/errors.ts'
import { atfork, createRandom, ForkError } from '../src/index.ts'
import { expirePools } from '../src/lifecycle/record.ts'
import { Pool, type PoolSettings } from '../src/pool.ts'
import { runNode } from './support/node-child.ts'
import { withSnapshot } from './support/snapshot.ts'

/** A kernel whose bytes are all ones, so that what is missing of them is seen; and that runs code while it is read. */
class Ones implements EntropySource {
  readonly kind = 'kernel'
  reading: () => void = () => {}
  check(): void {}
  read(out: Uint8Array, start: number, length: number): void {
    this.reading()
    out.fill(0xff, start, start + length)
  }
}

const settings = (source: EntropySource, changes: Partial<PoolSettings> = {}): PoolSettings => ({
  source,
  hash: sha256,
  personalization: new Uint8Array(0),
  entropy: undefined,
  maxAge: 0,
  expand: 'aes',
  onFork: 'remix',
  ...changes,
})

test('a draw within the read of a draw takes nothing away from it', () => {
  const source = new Ones()
  const pool = new Pool(settings(source))
  const zeros = Buffer.alloc(16)
  const outer: Buffer[] = []
  let depth = 0
  source.reading = () => {
    if (depth > 0) return
    depth++
    for (let i = 0; i < 200; i++) pool.draw(Buffer.alloc(256), 256) // more than the rest of the pool
    depth--
  }
  for (let i = 0; i < 300; i++) {
    const out = Buffer.alloc(16)
    pool.draw(out, 16)
    outer.push(out)
  }
  expect(outer.filter((out) => out.equals(zeros))).toEqual([])
  expect(new Set(outer.map((out) => out.toString('hex'))).size).toBe(300)
})

test('a large draw ends though pools expire all the time', () => {
  const source = new Ones()
  const pool = new Pool(settings(source))
  let reads = 0
  // What another thread does that spawns one process after the other.
  source.reading = () => {
    if (++reads % 50 === 0) expirePools()
  }
  const out = Buffer.alloc(2 ** 23)
  pool.draw(out, out.length)
  expect(reads).toBeLessThan(1000)
})

test('a reseed that fails does not acknowledge a copy', () => {
  const source = new Ones()
  const pool = new Pool(settings(source, { onFork: 'throw' }))
  const draw = (): void => pool.draw(Buffer.alloc(16), 16)
  draw()
  atfork()
  expect(draw).toThrow(ForkError)
  source.reading = () => {
    throw new EntropyError('ERR_ENTROPY_SOURCE_UNREADABLE', 'gone')
  }
  expect(() => pool.reseed(new Uint8Array(0))).toThrow(EntropyError)
  source.reading = () => {}
  expect(draw).toThrow(ForkError)
  pool.reseed(new Uint8Array(0))
  draw()
})

test('a generator that is made after a copy has nothing to do with it', () => {
  atfork()
  createRandom({ onFork: 'throw' })(16)
})

test.each([
  ['says nothing', [0, Number.NaN]],
  ['goes back, though by less than maxAge', [8, 1, 9]],
])('with maxAge, a clock that %s makes it refill', (_, times) => {
  const source = new Ones()
  const check = vi.spyOn(source, 'check')
  const pool = new Pool(settings(source, { maxAge: 10 }))
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  try {
    pool.draw(Buffer.alloc(16), 16)
    const before = check.mock.calls.length
    for (const time of times) {
      clock.mockReturnValue(time)
      pool.draw(Buffer.alloc(16), 16)
    }
    expect(check.mock.calls.length).toBe(before + 1)
  } finally {
    clock.mockRestore()
  }
})

test('version 7 ids of a process ascend, whichever thread makes them', async () => {
  const dist = JSON.stringify(new URL('../dist/index.js', import.meta.url).href)
  const ids = (await runNode(`
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    import { random } from 'atfork'
    const worker = new Worker(
      \`import(${dist.replaceAll('"', '\\"')}).then(({ random }) => {
        const { parentPort } = require('node:worker_threads')
        parentPort.on('message', () => parentPort.postMessage(random.uuidv7()))
        parentPort.postMessage('ready')
      })\`, { eval: true, execArgv: [] })
    await once(worker, 'message')
    const ids = []
    for (let i = 0; i < 300; i++) {
      ids.push(random.uuidv7())
      worker.postMessage('next')
      ids.push((await once(worker, 'message'))[0])
    }
    await worker.terminate()
    report(ids)`)) as string[]
  expect(ids.length).toBe(600)
  expect(ids).toEqual([...ids].sort())
  expect(new Set(ids).size).toBe(600)
})

test('a thread of a process started from a snapshot can import the package', async () => {
  const dist = JSON.stringify(new URL('../dist/index.js', import.meta.url).href)
  await withSnapshot(
    `import v8 from 'node:v8'
    import { random } from 'atfork'
    random.entropySource
    v8.startupSnapshot.setDeserializeMainFunction(() => {
      const { Worker } = process.getBuiltinModule('worker_threads')
      const code = 'import(' + ${JSON.stringify(dist)} + ').then(({ random }) => require("worker_threads").parentPort.postMessage(random.entropySource))'
      new Worker(code, { eval: true }).on('message', (source) => process.getBuiltinModule('fs').writeSync(1, source))
    })`,
    async (_, start) => expect(await start()).toEqual({ stdout: createRandom().entropySource, stderr: '' }),
  )
})

test('while refills fail within maxAge and the clock has gone back, no draw comes out of the old pool', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  try {
    const source = new Ones()
    const pool = new Pool(settings(source, { maxAge: 10 }))
    const out = Buffer.alloc(16)
    pool.draw(out, 16)
    vi.setSystemTime(500_000)
    source.check = () => {
      throw new EntropyError('ERR_ENTROPY_SOURCE_MISSING', 'gone')
    }
    for (const later of [0, 0, 1, 5, 600_000]) {
      vi.setSystemTime(500_000 + later)
      expect(() => pool.draw(out, 16)).toThrow('gone')
    }
    delete (source as Partial<Ones>).check // the fault is gone
    pool.draw(out, 16)
  } finally {
    vi.useRealTimers()
  }
})

test('a draw has kernel bytes for each word of it, whatever its length', () => {
  const asked: number[] = []
  const source = new Ones()
  const { read } = source
  source.read = (out, start, length) => {
    asked.push(length)
    read.call(source, out, start, length)
  }
  const pool = new Pool(settings(source))
  pool.draw(Buffer.alloc(1), 1)
  for (let length = 1; length <= 256; length++) {
    asked.length = 0
    pool.draw(Buffer.alloc(length), length)
    const last = asked.at(-1) as number
    expect(last % 4).toBe(0)
    expect(last).toBeGreaterThanOrEqual(Math.max(8, length))
  }
})
