/** Hooks that throw, never end, or draw, in one process: draws are right in them, between them and after them. */
import { expect, it } from 'vitest'
import { ALL_FILLED, ATTEMPT } from '../support/attempts.ts'
import { runNode } from '../support/node-child.ts'

/** The process has to end by itself: a hook that is not done does not keep it. */
const program = (faulty: boolean): string => `${ATTEMPT}
  import { atfork, postfork, ready } from 'atfork'
  const told = ({ name, errors = [] }) => [name, ...errors.map(({ name, code, message }) => [name, code ?? message])]
  const before = attempts()
  const inHook = []
  if (${faulty}) {
    postfork(function throws() { throw new RangeError('no database') })
    postfork(function hangs() { return new Promise(() => {}) }, { timeout: 10 })
  }
  postfork(() => inHook.push(...attempts()))
  let thrown = 'nothing'
  try { atfork() } catch (error) { thrown = told(error) }
  const meanwhile = attempts()
  const late = await ready().then(() => 'nothing', told)
  report({ before, inHook, thrown, meanwhile, late, after: attempts() })`

it('what fails is told by name, once each, and every draw is fresh', async () => {
  const drawn = { before: ALL_FILLED, inHook: ALL_FILLED, meanwhile: ALL_FILLED, after: ALL_FILLED }
  expect(await runNode(program(true))).toEqual({
    ...drawn,
    thrown: ['AggregateError', ['RangeError', 'no database']],
    late: ['AggregateError', ['HookError', 'ERR_HOOK_TIMEOUT']],
  })
  expect(await runNode(program(false)), 'the control').toEqual({ ...drawn, thrown: 'nothing', late: 'nothing' })
})
