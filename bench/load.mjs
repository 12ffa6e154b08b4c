/** `npm run bench:load`: the same server with three generators, under load in turn. Prints a table. */
import os from 'node:os'
import { drive, startServer } from '../test/servers/load-driver.mjs'
import { median, quantile } from './summary.mjs'

/** What load-server.mjs calls them. The last is what the others are compared with. */
const SIDES = [
  ['random', 'random.uuid()'],
  ['fast', 'createRandom({ maxAge: 10 }).uuid()'],
  ['crypto', 'crypto.randomUUID()'],
]
const ROUNDS = 9
/** Short, so that the noise of the machine falls on all sides. */
const ROUND_MS = 1500

/** Requests a second in one round. */
async function throughput(server) {
  const end = performance.now() + ROUND_MS
  const result = await drive(server.port, { done: () => performance.now() >= end })
  if (result.errors > 0 || result.non2xx > 0 || server.failures.length > 0)
    throw new Error(`${result.errors} errors, ${result.non2xx} other answers, ${server.failures}`)
  return result['2xx'] / result.duration
}

const servers = []
try {
  for (const [name] of SIDES) servers.push(await startServer(name))
  const rates = SIDES.map(() => [])
  for (const server of servers) await throughput(server) // warm-up
  for (let round = 0; round < ROUNDS; round++)
    for (let turn = 0; turn < SIDES.length; turn++) {
      const side = (round + turn) % SIDES.length // each begins as often as the others
      rates[side].push(await throughput(servers[side]))
    }
  const machine = `${os.availableParallelism()} × ${os.cpus()[0]?.model ?? process.arch}`
  console.log(`Node ${process.version}, ${machine}, ${ROUNDS} rounds\n`)
  for (const [side, [, label]] of SIDES.entries()) {
    const ratios = rates[side].map((rate, round) => rate / rates.at(-1)[round])
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q).toFixed(2))
    const rate = `${median(rates[side]).toFixed(0)} requests/s`
    console.log(`${label.padEnd(36)} ${rate.padStart(18)}, ratio ${middle} (middle half ${low} to ${high})`)
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()))
}
