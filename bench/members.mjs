/**
 * Processes and threads that time blocks of a call when they are told to: for two sides that need a process each. Whoever serves
 * (members/serve.mjs) reads a count on a line and answers the nanoseconds that so many calls took.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const BLOCK_NS = 2e7
const WARM_UP_BLOCKS = 8

/** The file of a member. */
export const memberFile = (name) => fileURLToPath(new URL(`members/${name}`, import.meta.url))

/** A member in a process of its own. */
export function startProcess(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async time(count) {
      child.stdin.write(`${count}\n`)
      const { done, value } = await lines.next()
      if (done) throw new Error(`${[command, ...args].join(' ')} ended early`)
      return Number(value)
    },
    stop: () => child.stdin.end(),
  }
}

/** A member on Node, with a call's name and what it takes. */
export const startNode = (name, ...args) => startProcess(process.execPath, [memberFile(name), ...args])

/** A member in a thread of this process. */
export function startThread(name, ...args) {
  const worker = new Worker(memberFile(name), { argv: args })
  return {
    async time(count) {
      worker.postMessage(count)
      return (await once(worker, 'message'))[0]
    },
    stop: () => worker.terminate(),
  }
}

/**
 * Members that work at the same time. A block takes as long as the slowest of them; the number of draws in it is that of all.
 *
 * @typedef {{ block: () => Promise<number>, stop: () => void }} Team
 * @returns {Promise<Team>} Warm and calibrated; `block()` gives nanoseconds a draw.
 */
export async function team(members) {
  const slowest = async (count) => Math.max(...(await Promise.all(members.map((member) => member.time(count)))))
  let count = 100
  for (let i = 0; i < WARM_UP_BLOCKS; i++) count = Math.max(1, Math.round((count * BLOCK_NS) / (await slowest(count))))
  return {
    block: async () => (await slowest(count)) / (count * members.length),
    stop() {
      for (const member of members) member.stop()
    },
  }
}
