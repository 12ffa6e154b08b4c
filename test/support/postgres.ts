/** A real PostgreSQL for one test, of Debian's packages (apt-get install postgresql). */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { startService } from './service.ts'
import { missing } from './slow.ts'

const VERSIONS = '/usr/lib/postgresql'
const MISSING = 'PostgreSQL is not installed (apt-get install postgresql)'

/** The folder of the newest version's programs. */
function newest(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : []
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')))
}

/** What a client needs. */
export interface Postgres {
  /** `postgresql://…`, of an empty database. Who connects is its superuser, without a password. */
  connectionString: string
}

/**
 * Calls `use` with a PostgreSQL server that is this test's own. It is stopped when the test has ended.
 *
 * @param ctx - The test. It is skipped where there is no PostgreSQL, and fails if ATFORK_REQUIRE_ALL is 1.
 * @example
 * ```ts
 * test('it answers', (ctx) =>
 *   withPostgres(ctx, async ({ connectionString }) => {
 *     const pool = new pg.Pool({ connectionString })
 *     expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
 *     await pool.end()
 *   }))
 * ```
 */
export async function withPostgres<Result>(
  ctx: TestContext,
  use: (postgres: Postgres) => Promise<Result>,
): Promise<Result> {
  const bin = newest() ?? missing(ctx, MISSING)
  const data = (folder: string): string => join(folder, 'data')
  const port = await startService(ctx, {
    prepare: (folder) => [
      [join(bin, 'initdb'), '-D', data(folder), '-N', '-A', 'trust', '-U', 'test', '-E', 'UTF8', '--locale=C'],
    ],
    command: (folder, port) => [
      join(bin, 'postgres'),
      ...['-D', data(folder), '-p', String(port), '-k', folder, '-h', '127.0.0.1'],
      '-F', // no fsync: the data are thrown away
    ],
  })
  return await use({ connectionString: `postgresql://test@127.0.0.1:${port}/postgres` })
}
