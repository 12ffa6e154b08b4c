/**
 * Restores of an application that changes no line: `node --require atfork/register`, and one trigger. All differ in all that
 * they draw, and repeat without that.
 */
import { expect, test } from 'vitest'
import { requireCriu, restores } from '../support/checkpoint.ts'
import {
  APPLICATION,
  all,
  CONTROLS,
  COPIES,
  DRAWS,
  type Drawn,
  distinct,
  REGISTER,
} from '../support/guarded-application.ts'

test('8 restores of one checkpoint, told by a signal', { timeout: 120_000 }, async (ctx) => {
  await requireCriu(ctx)
  const code = `${APPLICATION}
    import { once } from 'node:events'
    triggers?.onSignal('SIGUSR2')
    const told = once(process, 'SIGUSR2')
    ready()
    await go()
    setInterval(() => {}, 1000) // no signal keeps a process alive
    await told
    report(await draw(${DRAWS}))`
  const orders = (count: number) => new Array(count).fill({ signal: 'SIGUSR2' })
  const guarded = await restores({ code, flags: REGISTER, env: { TRIGGER: '1' } }, orders(COPIES))
  expect(distinct(guarded as Drawn[])).toEqual(all(COPIES * DRAWS))
  const control = await restores({ code }, orders(CONTROLS))
  expect(distinct(control as Drawn[])).toEqual(all(DRAWS))
})
