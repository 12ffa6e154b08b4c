// Two workers; one that is killed is replaced.
import cluster from 'node:cluster'
import { ready } from 'atfork'

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
  cluster.on('exit', () => cluster.fork())
} else {
  const { default: Fastify } = await import('fastify')
  const identity = { pid: process.pid, worker: cluster.worker.id }
  const app = Fastify({ forceCloseConnections: true })
  app.get('/', () => identity)
  process.emit('loaded')
  await ready()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  console.log(JSON.stringify({ what: 'listening', ...identity, url }))
}
