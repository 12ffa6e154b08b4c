// A client of ioredis before and after fork(2).
import { forkLocal, prefork } from 'atfork'
import { Redis } from 'ioredis'
import { forkChildren, main, options, report } from './copies.mjs'
import { interleave } from './interleave.mjs'

function open() {
  const redis = new Redis(options.url)
  redis.on('error', () => {}) // a lost connection is seen by who asks next
  return redis
}

/** What a copy does with the client that it has inherited. */
const dispositions = {
  dropped(redis) {
    redis.stream.destroy() // not a word to the server
    redis.disconnect() // or it would connect anew, and send again what is in flight
  },
  ended: (redis) => redis.quit(),
}
let disposed = 0
const dispose = (inherited) => {
  disposed++
  return dispositions[options.copy](inherited)
}

/** `shared` is the control: the client in a variable, as in a program that knows nothing of copies. */
function variable() {
  const redis = open()
  return { get: () => redis }
}
const held = options.copy === 'shared' ? variable() : forkLocal(open, { dispose })

/** Answers with the question, and the server's number of this connection. */
async function ask(question) {
  const redis = held.get()
  const [answer, connection] = await Promise.all([redis.echo(question), redis.client('ID')]) // written at once
  return { answer, connection }
}

/** Asks the server, on a connection that is opened for this. */
async function onServer(use) {
  const redis = open()
  try {
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

/** The number and address of a connection; undefined if it is gone. */
const inspect = (id) => onServer(async (redis) => (await redis.client('LIST', 'ID', id)).match(/^id=\d+ addr=\S+/)?.[0])
const cut = (id) => onServer((redis) => redis.client('KILL', 'ID', id))

main({
  interleave: () => interleave(ask, cut, inspect),

  /** The client is closed before a copy that is planned. */
  async planned() {
    prefork(() => held.drop()?.quit())
    const before = await ask('before')
    await prefork.run()
    const kept = await inspect(before.connection)
    const wait = await forkChildren(2, async (child) =>
      report(`child-${child}`, { ...(await ask('in a child')), disposed }),
    )
    wait()
    report('parent', { before, kept, after: await ask('in the parent') })
  },
})
