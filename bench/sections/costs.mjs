/** What having the package costs: loading, starting, memory. */
import { execFileSync } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createRandom, random } from 'atfork'
import { memberFile } from '../members.mjs'
import { absolute, divide, ratio } from '../row.mjs'
import { alternate } from '../timer.mjs'

const STARTS = 20
const DRAWS = 10_000_000
const ONCE = { processes: 1 }

/** Milliseconds that the one took longer than the other, start by start. */
async function over(withIt, without) {
  const { ours, theirs } = await alternate(withIt, without, { rounds: STARTS })
  return ours.map((ms, start) => ms - theirs[start])
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

// Node 20 reads extra certificates at its start, which takes longer than what is measured.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
const node = (...args) => execFileSync(process.execPath, args, { encoding: 'utf8', env })
const start = (name) => () => timed(() => node(memberFile(name)))
const startThread = (name) => () => timed(() => once(new Worker(memberFile(name)), 'exit'))
const startClusterWorker = (name) => () =>
  timed(() => {
    cluster.setupPrimary({ exec: memberFile(name) })
    return once(cluster.fork(), 'exit')
  })

/** Bytes that JavaScript knows of. Freed buffers are counted off a little after their collection. */
async function bytesInUse() {
  gc()
  await new Promise((resolve) => setTimeout(resolve, 20))
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** KiB that each of so many generators takes. */
async function memory(count, use) {
  random(16)
  const before = await bytesInUse()
  const generators = Array.from({ length: count }, () => createRandom())
  for (const generator of generators) use(generator)
  const after = await bytesInUse()
  return [(after - before) / generators.length / 1024]
}

/** KiB by which `size` grows in ten million draws, after a first million. */
async function growth(size) {
  const draw = (times) => {
    for (let i = 0; i < times; i++) random(16)
  }
  draw(DRAWS / 10)
  const before = await size()
  draw(DRAWS)
  return [((await size()) - before) / 1024]
}

const residentSize = async () => {
  await bytesInUse()
  return process.memoryUsage.rss()
}

export const costs = [
  absolute("import 'atfork', over bare Node", 'ms', () => over(start('import.mjs'), start('empty.mjs')), ONCE),
  ratio('first random(16)', 'first crypto.randomBytes(16)', undefined, {
    measure: async () => {
      const first = (name) => () => Number(node(memberFile('first.mjs'), name))
      return divide(await alternate(first('random'), first('randomBytes'), { rounds: STARTS }))
    },
    ...ONCE,
  }),
  absolute(
    'worker thread that imports it, over an empty one',
    'ms',
    () => over(startThread('import.mjs'), startThread('empty.mjs')),
    ONCE,
  ),
  absolute(
    'cluster worker that imports it, over an empty one',
    'ms',
    () => over(startClusterWorker('import.mjs'), startClusterWorker('empty.mjs')),
    ONCE,
  ),
  absolute('memory of a generator that has drawn', 'KiB', () => memory(500, (generator) => generator(16))),
  absolute('memory of a generator that has not', 'KiB', () => memory(20_000, () => {})),
  absolute('heap and buffers grow in 10 million draws by', 'KiB', () => growth(bytesInUse), ONCE),
  absolute('the process grows in 10 million draws by', 'KiB', () => growth(residentSize), ONCE),
]
