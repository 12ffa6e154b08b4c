// One pool of connections for each process. In a copy the inherited sockets are dropped without a word to the server,
// for they are still the original's.
import net from 'node:net'
import { forkLocal } from 'atfork'
import pg from 'pg'

function open() {
  const sockets = new Set()
  const stream = () => {
    const socket = new net.Socket()
    sockets.add(socket)
    return socket.once('close', () => sockets.delete(socket))
  }
  const pool = new pg.Pool({
    connectionString: process.env.DATABASE_URL,
    application_name: 'atfork-example',
    max: 1,
    stream,
  })
  pool.on('error', (error) => console.error(error.message)) // without a listener a lost connection ends the process
  return { pool, sockets }
}

const held = forkLocal(open, {
  dispose({ sockets }) {
    for (const socket of sockets) socket.destroy()
  },
})

export const db = () => held.get().pool
