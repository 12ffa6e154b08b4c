/** How it behaves when there is more of it: threads, processes, generators, copies in the audit. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startNode, startThread, team } from '../members.mjs'
import { absolute, teams } from '../row.mjs'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

const both = async (start, ...args) => [
  await team([start(...args), start(...args)]), // one after the other: they warm up undisturbed
  await team([start(...args)]),
]

const live = (count) =>
  teams(`a draw, ${count.toLocaleString('en')} generators alive`, '1 generator alive', async () => [
    await team([startNode('generators.mjs', String(count))]),
    await team([startNode('generators.mjs', '1')]),
  ])

const auditTime = (copies) =>
  absolute(
    `atfork audit --only thread --copies ${copies}`,
    's',
    () => {
      const start = performance.now()
      execFileSync(process.execPath, [CLI, 'audit', '--only', 'thread', '--copies', String(copies)])
      return [(performance.now() - start) / 1000]
    },
    { processes: 1 },
  )

export const growth = [
  teams('a draw in 2 threads', 'in 1 thread', () => both(startThread, 'draw.mjs', 'random')),
  teams('a draw in 2 processes', 'in 1 process', () => both(startNode, 'draw.mjs', 'random')),
  teams('crypto.randomBytes(16) in 2 threads', 'in 1 thread', () => both(startThread, 'draw.mjs', 'randomBytes')),
  ...[10, 1000, 100_000].map(live),
  ...[2, 8, 32].map(auditTime),
]
