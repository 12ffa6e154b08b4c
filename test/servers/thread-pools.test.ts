/** Pools of worker threads: each thread has its hook, and its own stream of random values. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { repeatedBlocks } from '../support/blocks.ts'
import { runNode } from '../support/node-child.ts'

const THREADS = 4
const ROUNDS = 2
/** That each task draws, 16 at a time. */
const BYTES = 1024
const pathOf = (name: string): string => fileURLToPath(new URL(`thread-pools/${name}`, import.meta.url))

interface Task {
  threadId: number
  calls?: { kind: string; threadId: number }[]
  random: string
  seeded: string
}

const POOLS = {
  piscina: { load: `const { default: Pool } = await import('piscina')`, end: 'close' },
  tinypool: { load: `const { default: Pool } = await import('tinypool')`, end: 'destroy' },
}

/** In each round every thread of the pool does one task. */
async function tasks(pool: keyof typeof POOLS, file: string, execArgv: string[]): Promise<Task[]> {
  const { load, end } = POOLS[pool]
  const options = { filename: pathOf(file), minThreads: THREADS, maxThreads: THREADS, execArgv }
  return (await runNode(`${load}
    const pool = new Pool(${JSON.stringify(options)})
    const found = []
    for (let round = 0; round < ${ROUNDS}; round++) {
      const arrived = new Int32Array(new SharedArrayBuffer(4))
      const run = () => pool.run({ arrived, threads: ${THREADS} })
      found.push(...(await Promise.all(Array.from({ length: ${THREADS} }, run))))
    }
    await pool.${end}()
    report(found)`)) as Task[]
}

const threadsOf = (found: readonly Task[]): number[] => [...new Set(found.map(({ threadId }) => threadId))]
const streams = (found: readonly Task[], key: 'random' | 'seeded'): Uint8Array[] =>
  found.map((task) => Buffer.from(task[key], 'base64'))

describe.each(['piscina', 'tinypool'] as const)('%s', (pool) => {
  test.each([
    ['imported by the worker file', 'with-hook.mjs', []],
    ['preloaded by execArgv', 'task.mjs', ['--import', pathOf('postfork.mjs')]],
  ])('each thread has its hook, %s, once, and a stream of its own', async (_, file, execArgv) => {
    const found = await tasks(pool, file, execArgv)
    expect(found.length).toBe(ROUNDS * THREADS)
    expect(threadsOf(found).length).toBe(THREADS)
    for (const { threadId, calls } of found) expect(calls).toEqual([{ kind: 'thread', threadId }])
    expect(repeatedBlocks(streams(found, 'random'))).toBe(0)
    // The control: generators from one seed. All threads but the first repeat all that it draws.
    const blocks = (ROUNDS * BYTES) / 8
    expect(repeatedBlocks(streams(found, 'seeded'))).toBe((THREADS - 1) * blocks)
  })

  test('control: without the hook nothing is called', async () => {
    const found = await tasks(pool, 'task.mjs', [])
    expect(threadsOf(found).length).toBe(THREADS)
    for (const task of found) expect(task).not.toHaveProperty('calls')
  })
})
