// Each thread of the pool has its own generator, and its hook runs once, before its first task.
import { setTimeout } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { postfork, random, ready, seeded } from 'atfork'

postfork((event) => console.log(`${event.kind} ${event.threadId}: the hook ran`))
await ready()
const simulation = seeded('the same seed in each thread')

export default async ({ arrived, threads }) => {
  Atomics.add(arrived, 0, 1)
  while (Atomics.load(arrived, 0) < threads) await setTimeout(10) // so that each thread gets a task
  return { thread: threadId, random: random.string(12), seeded: simulation.string(12) }
}
