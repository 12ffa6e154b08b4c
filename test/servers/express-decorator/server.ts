// uWSGI's @postfork in an Express app, under node:cluster.
import cluster from 'node:cluster'
import { type ForkEvent, postfork, ready } from 'atfork'
// @ts-expect-error: its types are a package of their own, which nothing else here needs
import express from 'express'

// biome-ignore lint/complexity/noStaticOnlyClass: the decorator is for static methods
class Database {
  static connections: string[] = []
  static untouched: string[] = []

  @postfork
  static async reconnect({ kind, workerId }: ForkEvent): Promise<void> {
    await undefined
    // biome-ignore lint/complexity/noThisInStatic: that it is the class is what is tried here
    this.connections.push(`${kind} ${workerId}`)
  }

  /** The control. */
  static undecorated({ kind, workerId }: ForkEvent): void {
    Database.untouched.push(`${kind} ${workerId}`)
  }
}

const { connections, untouched } = Database
if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
  await ready()
  console.log(JSON.stringify({ what: 'primary', connections, untouched }))
} else {
  await ready()
  const app = express()
  app.get('/', (_request: unknown, response: { json(value: unknown): void }) => {
    response.json({ worker: cluster.worker?.id, connections, untouched })
  })
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ what: 'listening', port: server.address().port }))
  })
}
