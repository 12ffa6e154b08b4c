// A thread that draws at its rate for as long as the soak test runs, calls atfork() now and then, and says at a quarter of
// the time and at the end what it holds in memory.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { drawer } from './drawer.mjs'
import { putFaults } from './faults.mjs'

const BATCH = 1024
/** One atfork() in so many batches. */
const PER_ATFORK = 200
const { package: url, file, faults, seconds, rate } = workerData

putFaults(faults)
const lib = await import(url)
const draw = drawer(lib, file, lib.createRandom({ maxAge: 10 }))
const counts = { values: 0, refused: 0, atforks: 0, hooks: 0 }
lib.postfork(() => {
  counts.hooks++
})

function memory() {
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heapUsed, arrayBuffers }
}

draw(1)
parentPort.postMessage({ drawing: true })
// Not the clock, which goes wrong.
const start = performance.now()
const elapsed = () => (performance.now() - start) / 1000
for (let batch = 0, quarter = false; elapsed() < seconds || !quarter; batch++) {
  counts.refused += draw(BATCH)
  counts.values += BATCH
  if (batch % PER_ATFORK === 1) {
    lib.atfork()
    counts.atforks++
  }
  if (!quarter && elapsed() > seconds / 4) {
    quarter = true
    parentPort.postMessage({ quarter: memory() })
  }
  await sleep(Math.max(0, 1000 * (counts.values / rate - elapsed())))
}
await lib.ready()
parentPort.postMessage({ end: memory(), counts })
setInterval(() => {}, 2 ** 30) // its descriptors are counted before it ends
