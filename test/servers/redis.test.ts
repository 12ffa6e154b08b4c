/** A client of ioredis, opened before a copy: fork(2), a planned copy, V8 snapshots. */
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { requireFork, runScenario } from '../support/forking.ts'
import { expectCrossed, expectLost, expectSeparate, interleave } from '../support/interleaved.ts'
import { withRedis } from '../support/redis.ts'
import { slow } from '../support/slow.ts'
import { copiesOf, PRELUDE } from '../support/snapshot-code.ts'

beforeEach(slow)

test('forkLocal: children of fork(2) have connections of their own, the parent keeps its own', async (ctx) => {
  await requireFork(ctx)
  await withRedis(ctx, async ({ url }) => {
    expectSeparate(await interleave('redis.mjs', { url, copy: 'dropped' }, 3))
    expectCrossed(await interleave('redis.mjs', { url, copy: 'shared' }, 1))
    expectLost(await interleave('redis.mjs', { url, copy: 'ended' }, 1))
  })
})

test('prefork.run() quits; the original and its copies open other connections', async (ctx) => {
  await requireFork(ctx)
  await withRedis(ctx, async ({ url }) => {
    const reports = await runScenario('redis.mjs', 'planned', { url, copy: 'dropped' }, 0)
    const parent = reports.get('parent') as Record<'before' | 'after', { connection: number }>
    const children = ['child-1', 'child-2'].map((name) => reports.get(name) as { connection: number })
    // Nothing was inherited, so that nothing was disposed of.
    expect(children).toMatchObject(children.map(() => ({ answer: 'in a child', disposed: 0 })))
    expect(parent).not.toHaveProperty('kept')
    expect(parent.after).toMatchObject({ answer: 'in the parent' })
    const all = [parent.before, parent.after, ...children]
    expect(new Set(all.map(({ connection }) => connection)).size).toBe(4)
  })
})

test('V8 snapshot: what forkLocal creates is created, and ioredis loaded, in each process started from it', (ctx) =>
  withRedis(ctx, async ({ url }) => {
    const copies = await copiesOf(`${PRELUDE}
      const held = forkLocal(() => new (load('ioredis').Redis)('${url}'))
      const seen = []
      postfork(async ({ kind }) => {
        await undefined // packages can be loaded once the main function has begun
        seen.push(kind, await held.get().client('ID'))
      })
      startupSnapshot.setDeserializeMainFunction(async () => {
        await ready()
        report([...seen, await held.get().client('ID')])
        await held.get().quit()
      })`)
    expect(copies).toEqual(copies.map(([, id]) => ['snapshot', id, id]))
    expect(new Set(copies.map(([, id]) => id)).size).toBe(2)
  }))

test('V8 snapshot: ioredis cannot be loaded while it is built', async () => {
  const client = JSON.stringify(fileURLToPath(import.meta.resolve('ioredis')))
  await expect(copiesOf(`import ${client}`)).rejects.toMatchObject({ signal: 'SIGTRAP' })
})
