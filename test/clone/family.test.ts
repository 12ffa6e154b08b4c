/** Children produce distinct streams, in real processes; and the control, in the same run, shows that they could repeat. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatedBlocks } from '../support/blocks.ts'
import { type Drawn, family, MECHANISMS } from '../support/family.ts'

const bytes = (family: Drawn[], source: keyof Drawn): Buffer[] =>
  family.flatMap((member) => member[source].map((hex) => Buffer.from(hex, 'hex')))

const plan = fc.record({
  children: fc.integer({ min: 2, max: 16 }),
  before: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 70_000 })),
  sizes: fc.array(fc.oneof(fc.constant(16), fc.integer({ min: 8, max: 5_000 })), { minLength: 1, maxLength: 20 }),
  atfork: fc.boolean(),
  seed: fc.string({ minLength: 1 }),
})

test.each(MECHANISMS)('%s: parent and children share no block', { timeout: 120_000 }, async (mechanism) => {
  await fc.assert(
    fc.asyncProperty(plan, async (plan) => {
      const members = await family(mechanism, plan)
      expect(members.length).toBe(plan.children + 1)
      expect(repeatedBlocks(bytes(members, 'random')), 'random').toBe(0)
      expect(repeatedBlocks(bytes(members, 'control')), 'control').toBeGreaterThan(0)
    }),
    { numRuns: process.env.ATFORK_REQUIRE_ALL === '1' ? 5 : 2, endOnFailure: true },
  )
})
