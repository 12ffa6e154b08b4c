// The scenario in which a connection that was opened before fork(2) shows whether it has one owner or several.
import { ready } from 'atfork'
import { arrive, forkChildren, options, report } from './copies.mjs'

const QUERIES = 3

/** The question together with what came of it. */
async function attempt(ask, question) {
  try {
    return { question, ...(await ask(question)) }
  } catch (error) {
    return { question, error: error.message }
  }
}

/**
 * Lets a client write what it was asked, which takes it some promises and ticks, and not read: no event is handled. Too
 * few rounds would show where the connection is shared: the child would get the answer to its own question.
 */
async function untilWritten() {
  for (let round = 0; round < 100; round++) await new Promise((resolve) => process.nextTick(resolve))
}

/**
 * The parent asks something, forks, and asks again without reading the answer. Only then do the children ask. The
 * server answers in this order: who reads first on a shared connection gets the answer to the parent's question.
 *
 * @param ask - Takes a question to the server: `{ answer, connection }`, the question itself and the server's name for
 * the connection.
 * @param cut - Ends the parent's connection, on another one: its answer may have been read by a child, and would be
 * waited for without end.
 * @param inspect - What the server says of the parent's connection, on another one: undefined if it is gone.
 */
export async function interleave(ask, cut, inspect) {
  const first = await attempt(ask, 'parent-0')
  const before = await inspect(first.connection)
  const wait = await forkChildren(options.children, async (child) => {
    if (options.ready) await ready()
    arrive()
    const seen = []
    for (let i = 0; i < QUERIES; i++) seen.push(await attempt(ask, `child-${child}-${i}`))
    report(`child-${child}`, seen)
  })
  const pending = attempt(ask, 'parent-1')
  await untilWritten()
  arrive()
  wait()
  const kept = await inspect(first.connection)
  if (options.copy === 'shared') await cut(first.connection)
  const seen = [first, await pending]
  for (let i = seen.length; i < QUERIES; i++) seen.push(await attempt(ask, `parent-${i}`))
  report('parent', seen)
  report('connection', { before, kept })
}
