// An instance of knex, with pg, before and after fork(2).
import { forkLocal, postfork, prefork, ready } from 'atfork'
import knex from 'knex'
import { forkChildren, main, options, report } from './copies.mjs'
import { interleave } from './interleave.mjs'
import { cut, inspect } from './postgres-server.mjs'
import { keepSockets } from './sockets.mjs'

function open() {
  const sockets = keepSockets()
  const connection = { connectionString: options.connectionString, stream: sockets.stream }
  return { db: knex({ client: 'pg', connection, pool: { min: 0, max: 1 } }), sockets }
}

/** Answers with the question, and the pid of the server's process for this connection. */
async function ask({ db }, question) {
  const query = 'select ?::text as answer, pg_backend_pid() as connection'
  return (await db.raw(query, [question])).rows[0]
}

/** Ways to hold it. */
const ways = {
  /** The control: one instance in a variable. */
  shared() {
    const opened = open()
    return () => opened
  },
  /** One instance, whose connections a copy drops. */
  dropped() {
    const opened = open()
    postfork(() => opened.sockets.destroy()) // asynchronous: knex finds out when the sockets are closed
    return () => opened
  },
  /** An instance for each process. */
  local() {
    const held = forkLocal(open, { dispose: ({ sockets }) => sockets.destroy() })
    return () => held.get()
  },
}

main({
  async interleave() {
    const held = ways[options.copy]()
    await interleave((question) => ask(held(), question), cut, inspect)
  },

  /** One instance, without connections while it is copied. */
  async planned() {
    const opened = open()
    const attempt = (question) => ask(opened, question).catch(({ message }) => ({ error: message }))
    prefork(() => opened.db.destroy())
    postfork(() => opened.db.initialize())
    const before = await attempt('before')
    await prefork.run()
    while ((await inspect(before.connection)) !== undefined); // until the server has seen it
    const wait = await forkChildren(2, async (child) => {
      await ready()
      report(`child-${child}`, await attempt('in a child'))
    })
    wait()
    const closed = await attempt('in the parent') // which was not copied, so that no hook has run
    opened.db.initialize()
    report('parent', { before, closed, after: await attempt('in the parent') })
  },
})
