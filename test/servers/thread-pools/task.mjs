// One task of a pool's thread. It waits until each thread has one, so that none can take two of the same round.
import { setTimeout } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { random, seeded } from 'atfork'

const DRAWS = 64 // of 16 bytes
const same = seeded('the same in each thread')
const draw = (generator) => Buffer.concat(Array.from({ length: DRAWS }, () => generator(16))).toString('base64')

export default async function task({ arrived, threads }) {
  Atomics.add(arrived, 0, 1)
  while (Atomics.load(arrived, 0) < threads) await setTimeout(5)
  return { threadId, calls: globalThis.calls, random: draw(random), seeded: draw(same) }
}
