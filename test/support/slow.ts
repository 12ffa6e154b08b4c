/** Tests that are left out of a plain `npm test`, which has two minutes. */
import type { TestContext } from 'vitest'

/** Skips the test, with the reason, unless ATFORK_REQUIRE_ALL is 1. */
export function slow(ctx: TestContext): void {
  if (process.env.ATFORK_REQUIRE_ALL !== '1') ctx.skip('it takes long: set ATFORK_REQUIRE_ALL=1 for this')
}
