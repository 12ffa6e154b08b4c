// What a copy needs to drop the connections of a client of PostgreSQL: its sockets.
import { once } from 'node:events'
import net from 'node:net'

/** Makes sockets for pg's option `stream`, and keeps them until they are closed. */
export function keepSockets() {
  const sockets = new Set()
  return {
    stream() {
      const socket = new net.Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
    /** Closes their descriptors. Not a word to the server. The client has heard of it when this resolves. */
    destroy: () => Promise.all([...sockets].map((socket) => once(socket.destroy(), 'close'))),
  }
}
