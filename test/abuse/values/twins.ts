/**
 * Two generators of one state. Every call is made on the first; on the second only those that are right. If a refused
 * call has changed anything, they part.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Call } from './operation.ts'
import { judge, type Outcome, outcomeOf } from './oracle.ts'

/** What came of one call. */
interface Done {
  outcome: Outcome
  args: unknown[]
  /** What the arguments hold: before, and after. */
  before: unknown[]
  after: unknown[]
}

/** @param inner - Run by the arguments whose own code is run by the call; not by the test's later look at them. */
function perform<Target>(target: Target, { operation, args }: Call<Target>, inner: () => void): Done {
  let inside = false
  const made = args.map((arg) =>
    arg.make(() => {
      if (inside) inner()
      return undefined
    }),
  )
  const values = made.map(({ value }) => value)
  const before = made.map(({ contents }) => contents?.())
  inside = true
  const outcome = outcomeOf(() => operation.call(target, values as never[]))
  inside = false
  return { outcome, args: values, before, after: made.map(({ contents }) => contents?.()) }
}

/** Whether two calls had the same result. That of one which returns its argument is what that holds. */
const agree = (a: Done, b: Done): boolean =>
  isDeepStrictEqual(a.after, b.after) &&
  ('error' in a.outcome
    ? 'error' in b.outcome
    : 'value' in b.outcome && (a.args.includes(a.outcome.value) || isDeepStrictEqual(a.outcome.value, b.outcome.value)))

/**
 * @param draw - What the caller's own code does inside of a call: it draws from the same generator.
 * @param writes - The operations that change their arguments.
 * @returns How many calls were made: what is right and far too much was left out.
 */
export function check<Target>(
  calls: Call<Target>[],
  make: () => Target,
  draw: (target: Target) => unknown,
  writes: readonly string[],
): number {
  const [first, second] = [make(), make()]
  let checked = 0
  for (const call of calls) {
    const { operation, args } = call
    const expected = operation.expect(...args.map(({ truth }) => truth))
    if (expected.is === 'skip') continue
    checked++
    let inner = 0
    const done = perform(first, call, () => {
      inner++
      draw(first)
    })
    const changed = !isDeepStrictEqual(done.before, done.after)
    try {
      judge(expected, done.outcome, done.args)
      if (expected.is === 'value' || (expected.is === 'trap' && expected.late)) {
        const twin = perform(second, call, () => draw(second))
        if (operation.repeatable && !agree(done, twin)) throw new Error('twins differ')
        if (changed && !writes.includes(operation.name)) throw new Error('an argument was changed')
      } else {
        if (changed) throw new Error('an argument was changed by a call that was refused')
        for (let i = 0; i < inner; i++) draw(second)
      }
    } catch (error) {
      throw new Error(`${call.toString()}: ${(error as Error).message}`, { cause: error })
    }
  }
  if (!isDeepStrictEqual(draw(first), draw(second))) throw new Error('a refused call has changed the state')
  return checked
}
