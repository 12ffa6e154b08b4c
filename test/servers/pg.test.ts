/** A pool of pg, opened before a copy: fork(2), a planned copy, V8 snapshots. */
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { requireFork, runScenario } from '../support/forking.ts'
import { expectCrossed, expectLost, expectSeparate, interleave } from '../support/interleaved.ts'
import { withPostgres } from '../support/postgres.ts'
import { slow } from '../support/slow.ts'
import { BUILDER_LOADS_PG, copiesOf, PRELUDE } from '../support/snapshot-code.ts'

beforeEach(slow)

test('forkLocal: children of fork(2) have connections of their own, the parent keeps its own', async (ctx) => {
  await requireFork(ctx)
  await withPostgres(ctx, async ({ connectionString }) => {
    expectSeparate(await interleave('pg.mjs', { connectionString, copy: 'dropped' }, 3))
    expectCrossed(await interleave('pg.mjs', { connectionString, copy: 'shared' }, 1))
    expectLost(await interleave('pg.mjs', { connectionString, copy: 'ended' }, 1))
  })
})

test('prefork.run() ends the pool; the original and its copies open others', async (ctx) => {
  await requireFork(ctx)
  await withPostgres(ctx, async ({ connectionString }) => {
    const planned = async (copy: string): Promise<number> => {
      const reports = await runScenario('pg.mjs', 'planned', { connectionString, copy }, 0)
      const parent = reports.get('parent') as Record<'before' | 'after', { connection: number }> & { lost: number }
      const children = ['child-1', 'child-2'].map((name) => reports.get(name) as { connection: number })
      // Nothing was inherited, so that nothing was disposed of.
      expect(children).toMatchObject(children.map(() => ({ answer: 'in a child', disposed: 0 })))
      const all = [parent.before, parent.after, ...children]
      expect(new Set(all.map(({ connection }) => connection)).size).toBe(4)
      return parent.lost
    }
    expect(await planned('ended')).toBe(0)
    expect(await planned('dropped'), 'the control, without a goodbye').toBe(1)
  })
})

test('V8 snapshot: what forkLocal creates is created, and pg loaded, in each process started from it', (ctx) =>
  withPostgres(ctx, async ({ connectionString }) => {
    const copies = await copiesOf(`${PRELUDE}
      const held = forkLocal(() => new (load('pg').Pool)({ connectionString: '${connectionString}', max: 1 }))
      const ask = async () => (await held.get().query('select pg_backend_pid() as pid')).rows[0].pid
      const seen = []
      postfork(async ({ kind }) => {
        await undefined // packages can be loaded once the main function has begun
        seen.push(kind, await ask())
      })
      startupSnapshot.setDeserializeMainFunction(async () => {
        await ready()
        report([...seen, await ask()])
        await held.get().end()
      })`)
    expect(copies).toEqual(copies.map(([, pid]) => ['snapshot', pid, pid]))
    expect(new Set(copies.map(([, pid]) => pid)).size).toBe(2)
  }))

test('V8 snapshot: a pool made while it is built is dropped, each process has its own; not if it is connected', (ctx) =>
  withPostgres(ctx, async ({ connectionString }) => {
    const program = (whileBuilding: string): string => `${PRELUDE}
      import pg from ${JSON.stringify(fileURLToPath(import.meta.resolve('pg')))}
      const options = { connectionString: '${connectionString}', max: 1, allowExitOnIdle: true }
      let disposed = 0
      const held = forkLocal(() => new pg.Pool(options), { dispose: () => { disposed++ } })
      const built = held.get()
      ${whileBuilding}
      const ask = async () => (await held.get().query('select pg_backend_pid() as pid')).rows[0].pid
      const seen = []
      postfork(async ({ kind }) => { seen.push(kind, await ask()) })
      startupSnapshot.setDeserializeMainFunction(async () => {
        await ready()
        report([...seen, await ask(), disposed, held.get() === built])
        await held.get().end()
      })`
    if (!BUILDER_LOADS_PG) return expect(copiesOf(program(''))).rejects.toThrow('methods.toSorted is not a function')
    const copies = await copiesOf(program(''))
    expect(copies).toEqual(copies.map(([, pid]) => ['snapshot', pid, pid, 1, false]))
    expect(new Set(copies.map(([, pid]) => pid)).size).toBe(2)
    await expect(copiesOf(program(`built.query('select 1')`))).rejects.toThrow('CheckGlobalAndEternalHandles')
  }))
