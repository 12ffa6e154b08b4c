import cluster from 'node:cluster'
import { random, ready } from 'atfork'

if (process.env.DATABASE_URL === undefined) {
  console.error('Set DATABASE_URL, for instance: DATABASE_URL=postgres://user:password@localhost:5432/postgres')
  process.exitCode = 1
} else if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
  cluster.on('exit', ({ id, exitedAfterDisconnect }, code, signal) => {
    console.log(`worker ${id} ended with ${signal ?? code}`)
    if (!exitedAfterDisconnect) setTimeout(() => cluster.fork(), code === 0 ? 0 : 500) // not at once: it may fail again
  })
} else {
  const { default: Fastify } = await import('fastify')
  const { db } = await import('./db.mjs')
  const app = Fastify({ forceCloseConnections: true })
  app.get('/', async () => {
    const { rows } = await db().query(`select pg_backend_pid() as connection, count(*)::int as connections
      from pg_stat_activity where application_name = 'atfork-example'`)
    return { worker: cluster.worker.id, ...rows[0], id: random.uuid() }
  })
  await ready() // the hook is done: this worker has its connection
  console.log(`worker ${cluster.worker.id} listens at ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`)
}
