/** Tests that are left out: of a plain `npm test`, which has two minutes, and where something is missing. */
import type { TestContext } from 'vitest'

/** Skips the test, with the reason, unless ATFORK_REQUIRE_ALL is 1. */
export function slow(ctx: TestContext): void {
  if (process.env.ATFORK_REQUIRE_ALL !== '1') ctx.skip('it takes long: set ATFORK_REQUIRE_ALL=1 for this')
}

/** Skips the test, with the reason, where something is missing; fails it if ATFORK_REQUIRE_ALL is 1. */
export function missing(ctx: TestContext, reason: string): never {
  if (process.env.ATFORK_REQUIRE_ALL === '1') throw new Error(reason)
  return ctx.skip(reason)
}
