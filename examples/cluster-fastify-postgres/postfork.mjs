// Preloaded into the primary and into each worker. In the primary the hook does not run; in a worker it runs at once.
import { postfork } from 'atfork'
import { db } from './db.mjs'

postfork(async ({ kind, pid, workerId }) => {
  const { rows } = await db().query('select pg_backend_pid() as connection')
  console.log(`${kind} worker ${workerId}: process ${pid} has connection ${rows[0].connection}`)
})
