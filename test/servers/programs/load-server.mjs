// Fastify under cluster: each request is answered with a UUID and a die's int. Arguments: the generator's name, and
// 'kill' if workers are to be killed and replaced all the time. Tells its parent, and ends when that goes away.
import cluster from 'node:cluster'
import { randomInt, randomUUID } from 'node:crypto'
import { createRandom, random, seeded } from 'atfork'
import fastify from 'fastify'

const WORKERS = 4
/** Between the moment at which all workers listen and the next kill: some answers come from each set of workers. */
const PAUSE_MS = 150

const GENERATORS = {
  random: () => random,
  fast: () => createRandom({ maxAge: 10 }),
  crypto: () => ({ uuid: randomUUID, int: randomInt }),
  // The control: what repeats in each worker.
  seeded: () => seeded('x'),
}
const [generator, kill] = process.argv.slice(2)

async function serve() {
  const source = GENERATORS[generator]()
  const worker = cluster.worker.id
  const server = fastify()
  server.get('/', async () => ({ uuid: source.uuid(), int: source.int(6), worker }))
  await server.listen({ port: 0, host: '127.0.0.1' }) // the same port in all of them
}

function supervise() {
  let listening = 0
  let victim
  const killOldest = () => {
    victim = Object.values(cluster.workers)[0]
    victim.process.kill('SIGKILL')
  }
  cluster.on('listening', (_, { port }) => {
    if (++listening < WORKERS) return
    process.send({ port })
    if (kill === 'kill') setTimeout(killOldest, PAUSE_MS)
  })
  cluster.on('exit', (worker, code, signal) => {
    listening--
    if (worker !== victim) throw new Error(`worker ${worker.id} ended by itself: ${signal ?? code}`)
    process.send({ killed: worker.id })
    cluster.fork()
  })
  process.on('disconnect', () => {
    // A worker that is just starting would complain that its parent is gone.
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL')
    process.exit()
  })
  for (let i = 0; i < WORKERS; i++) cluster.fork()
}

if (cluster.isPrimary) supervise()
else await serve()
