/** knex with PostgreSQL, before a copy and after: fork(2), destroy and initialize, V8 snapshots. */
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test } from 'vitest'
import { requireFork, runScenario } from '../support/forking.ts'
import { expectCrossed, expectSeparate, interleave } from '../support/interleaved.ts'
import { withPostgres } from '../support/postgres.ts'
import { slow } from '../support/slow.ts'
import { BUILDER_LOADS_PG, copiesOf, PRELUDE } from '../support/snapshot-code.ts'

beforeEach(slow)

test('children of fork(2) have connections of their own, with an instance for each and with one for all', async (ctx) => {
  await requireFork(ctx)
  await withPostgres(ctx, async ({ connectionString }) => {
    expectSeparate(await interleave('knex.mjs', { connectionString, copy: 'local' }, 3))
    // Nothing but ready() notices the copy here.
    expectSeparate(await interleave('knex.mjs', { connectionString, copy: 'dropped', ready: true }, 3))
    expectCrossed(await interleave('knex.mjs', { connectionString, copy: 'shared', ready: true }, 1))
  })
})

test('destroy before a planned copy, initialize after', async (ctx) => {
  await requireFork(ctx)
  await withPostgres(ctx, async ({ connectionString }) => {
    const reports = await runScenario('knex.mjs', 'planned', { connectionString }, 0)
    const parent = reports.get('parent') as Record<'before' | 'after' | 'closed', { connection?: number }>
    const children = ['child-1', 'child-2'].map((name) => reports.get(name) as { connection: number })
    expect(children).toMatchObject(children.map(() => ({ answer: 'in a child' })))
    expect(parent.closed, 'the control, before initialize()').toEqual({ error: 'Unable to acquire a connection' })
    expect(parent.after).toMatchObject({ answer: 'in the parent' })
    const all = [parent.before, parent.after, ...children]
    expect(new Set(all.map(({ connection }) => connection)).size).toBe(4)
  })
})

test('V8 snapshot: an instance made while it is built connects in each process started from it', (ctx) =>
  withPostgres(ctx, async ({ connectionString }) => {
    const program = (pool: object, whileBuilding: string): string => `${PRELUDE}
      import knex from ${JSON.stringify(fileURLToPath(import.meta.resolve('knex')))}
      const db = knex({ client: 'pg', connection: '${connectionString}', pool: ${JSON.stringify(pool)} })
      ${whileBuilding}
      const ask = async () => (await db.raw('select pg_backend_pid() as pid')).rows[0].pid
      const seen = []
      postfork(async ({ kind }) => { seen.push(kind, await ask()) })
      startupSnapshot.setDeserializeMainFunction(async () => {
        await ready()
        report([...seen, await ask()])
        await db.destroy()
      })`
    const one = { min: 0, max: 1 }
    if (!BUILDER_LOADS_PG)
      return expect(copiesOf(program(one, ''))).rejects.toThrow('methods.toSorted is not a function')
    // Used and destroyed while it is built: the copies initialize it.
    const used = "db.raw('select 1').then(() => db.destroy()); postfork(() => db.initialize())"
    for (const whileBuilding of ['', used]) {
      const copies = await copiesOf(program(one, whileBuilding))
      expect(copies).toEqual(copies.map(([, pid]) => ['snapshot', pid, pid]))
      expect(new Set(copies.map(([, pid]) => pid)).size).toBe(2)
    }
  }))
