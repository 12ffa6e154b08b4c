// A pool of pg before and after fork(2).
import { forkLocal, prefork } from 'atfork'
import pg from 'pg'
import { forkChildren, main, options, report } from './copies.mjs'
import { interleave } from './interleave.mjs'
import { abandoned, cut, inspect } from './postgres-server.mjs'
import { keepSockets } from './sockets.mjs'

function open() {
  const sockets = keepSockets()
  const pool = new pg.Pool({ connectionString: options.connectionString, max: 1, stream: sockets.stream })
  pool.on('error', () => {}) // a lost connection is seen by who asks next
  return { pool, sockets }
}

/** What a copy does with the pool that it has inherited. */
const dispositions = {
  dropped: ({ sockets }) => sockets.destroy(),
  ended: ({ pool }) => pool.end(),
}
let disposed = 0
const dispose = (inherited) => {
  disposed++
  return dispositions[options.copy](inherited)
}

/** `shared` is the control: the pool in a variable, as in a program that knows nothing of copies. */
function variable() {
  const opened = open()
  return { get: () => opened }
}
const held = options.copy === 'shared' ? variable() : forkLocal(open, { dispose })

/** Answers with the question, and the pid of the server's process for this connection. */
async function ask(question) {
  const query = 'select $1::text as answer, pg_backend_pid() as connection'
  return (await held.get().pool.query(query, [question])).rows[0]
}

main({
  interleave: () => interleave(ask, cut, inspect),

  /** The pool is closed before a copy that is planned, and opened again by whoever asks: `copy` says how. */
  async planned() {
    prefork(() => dispositions[options.copy](held.drop()))
    const before = await ask('before')
    await prefork.run()
    while ((await inspect(before.connection)) !== undefined); // until the server has seen it
    const lost = await abandoned()
    const wait = await forkChildren(2, async (child) => {
      report(`child-${child}`, { ...(await ask('in a child')), disposed })
      await held.get().pool.end()
    })
    wait()
    report('parent', { before, after: await ask('in the parent'), lost })
    await held.get().pool.end()
  },
})
