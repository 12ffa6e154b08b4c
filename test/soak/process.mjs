// One of the processes of the soak test: two threads that draw, and a main thread that makes trouble for them. Prints
// what became of it as JSON: `process.mjs OPTIONS`.
import { on } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { putFaults, sharedFaults } from './faults.mjs'
import { constantFile, descriptors, mischief } from './mischief.mjs'

const THREADS = 2
/** Milliseconds between two troubles: starting a process takes 100 ms of processor time. */
const PAUSE = 500
const { package: url, folder, seconds, rate } = JSON.parse(process.argv[2])

const faults = sharedFaults()
putFaults(faults)
const lib = await import(url)
let files = 0
const newFile = () => join(folder, `${process.pid}-${files++}.values`)

const threads = Array.from({ length: THREADS }, () => {
  const workerData = { package: url, file: newFile(), faults, seconds, rate: rate / THREADS }
  return new Worker(new URL('thread.mjs', import.meta.url), { workerData })
})
/** What each thread says under that name. Asked for before any of them can have said it. */
const saidByAll = (name) =>
  Promise.all(
    threads.map(async (thread) => {
      for await (const [message] of on(thread, 'message')) if (name in message) return message[name]
    }),
  )
const rss = () => process.memoryUsage().rss

const begun = saidByAll('drawing')
const quarters = saidByAll('quarter').then((threads) => ({ threads, rss: rss() }))
const ends = saidByAll('end').then((threads) => ({ threads, rss: rss() }))
const counted = saidByAll('counts')
let drawing = true
ends.then(() => {
  drawing = false
})

await begun
const trouble = mischief(lib, faults, url, newFile, constantFile(folder))
await trouble.all() // what Node itself opens for its first child stays open
const opened = descriptors()
while (drawing) {
  await trouble.one()
  await Promise.race([sleep(PAUSE), ends])
}
trouble.end()
const left = descriptors()
console.log(
  JSON.stringify({
    trouble: trouble.counts,
    threads: await counted,
    memory: { quarter: await quarters, end: await ends },
    descriptors: { opened: [...opened.values()], left: [...left.values()] },
  }),
)
process.exit()
