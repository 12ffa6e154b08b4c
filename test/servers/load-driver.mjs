/** Starts the server under load and drives it: for load.test.ts, and for bench/load.mjs. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

const SERVER = fileURLToPath(new URL('programs/load-server.mjs', import.meta.url))
const CONNECTIONS = 32
const PIPELINING = 8
/** How often it is asked whether the load is done. */
const POLL_MS = 100
/** A connection whose worker was killed before it took it over is never answered: tried anew after that. */
const TIMEOUT_S = 3
/** A load that is never done is a failure. */
const HANG_S = 600

/**
 * Starts load-server.mjs and waits until all of its workers listen.
 *
 * @param {string} generator - A name that it knows.
 * @param {{ kill?: boolean }} [options] - Whether workers are killed and replaced all the time.
 * @returns Both lists are written while it runs: the ids of killed workers, and what went wrong. A worker that ends
 *   by itself ends the server, and says so on stderr.
 */
export async function startServer(generator, { kill = false } = {}) {
  const child = fork(SERVER, [generator, ...(kill ? ['kill'] : [])])
  const killed = []
  const failures = []
  const ended = once(child, 'exit')
  const port = await new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.port !== undefined) resolve(message.port)
      if (message.killed !== undefined) killed.push(message.killed)
    })
    child.on('exit', (code, signal) => {
      if (code !== 0) failures.push(`the server ended: ${signal ?? code}`)
      reject(new Error(`${SERVER} ended: ${signal ?? code}`))
    })
  })
  const stop = () => {
    if (child.connected) child.disconnect()
    return ended
  }
  return { port, killed, failures, stop }
}

/**
 * Sends requests until `done()`, which is asked now and then.
 *
 * @param {number} port
 * @param {{ done: () => boolean, onAnswer?: (status: number, body: string) => void }} options - Each answer is handed over once.
 * @returns autocannon's result.
 */
export async function drive(port, { done, onAnswer }) {
  const load = autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    pipelining: PIPELINING,
    timeout: TIMEOUT_S,
    duration: HANG_S,
    sampleInt: POLL_MS,
    ...(onAnswer && { requests: [{ onResponse: onAnswer }] }),
  })
  const poll = setInterval(() => done() && load.stop(), POLL_MS)
  try {
    return await load
  } finally {
    clearInterval(poll)
  }
}
