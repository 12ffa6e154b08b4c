/** A real Redis for one test, of the PATH (apt-get install redis-server). */
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'
import { startService } from './service.ts'
import { missing } from './slow.ts'

const MISSING = 'Redis is not installed (apt-get install redis-server)'

/** What a client needs. */
export interface Redis {
  /** On 127.0.0.1; empty, without a password. */
  port: number
  /** The same as `redis://…`. */
  url: string
}

/**
 * Calls `use` with a Redis server that is this test's own. It is stopped when the test has ended.
 *
 * @param ctx - The test. It is skipped where there is no Redis, and fails if ATFORK_REQUIRE_ALL is 1.
 * @example
 * ```ts
 * test('it answers', (ctx) =>
 *   withRedis(ctx, async ({ url }) => {
 *     const redis = new Redis(url)
 *     expect(await redis.ping()).toBe('PONG')
 *     redis.disconnect()
 *   }))
 * ```
 */
export async function withRedis<Result>(ctx: TestContext, use: (redis: Redis) => Promise<Result>): Promise<Result> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return missing(ctx, MISSING)
  const port = await startService(ctx, {
    command: (folder, port) => [
      'redis-server',
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no'], // nothing on disk
    ],
  })
  return await use({ port, url: `redis://127.0.0.1:${port}` })
}
