// Starts one of each: `guarded-parent.mjs folder blob`. Each writes into the folder whether it is guarded.
import { fork, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const [, , folder, blob] = process.argv
const CHILD = fileURLToPath(new URL('guarded-child.mjs', import.meta.url))
const fileOf = (name) => join(folder, `${name}.json`)
const { NODE_OPTIONS: _, ...without } = process.env

function worker(name, settings) {
  cluster.setupPrimary({ exec: CHILD, args: [fileOf(name)], execArgv: process.execArgv, ...settings })
  return cluster.fork()
}
const thread = (name, options) => new Worker(CHILD, { argv: [fileOf(name)], ...options })
const node = (args, options) => spawn(process.execPath, args, { stdio: 'inherit', ...options })

const started = {
  'cluster worker': (name) => worker(name, {}),
  'cluster worker, execArgv: []': (name) => worker(name, { execArgv: [] }),
  fork: (name) => fork(CHILD, [fileOf(name)]),
  'fork, execArgv: []': (name) => fork(CHILD, [fileOf(name)], { execArgv: [] }),
  spawn: (name) => node([CHILD, fileOf(name)]),
  'spawn, without NODE_OPTIONS': (name) => node([CHILD, fileOf(name)], { env: without }),
  'spawn, from a snapshot': (name) => node(['--snapshot-blob', blob, fileOf(name)]),
  'worker thread': (name) => thread(name, {}),
  'worker thread, execArgv: []': (name) => thread(name, { execArgv: [] }),
  'worker thread, without NODE_OPTIONS': (name) => thread(name, { env: without }),
  'worker thread, without both': (name) => thread(name, { execArgv: [], env: without }),
}

for (const [name, start] of Object.entries(started)) {
  const child = start(name)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${name}: exit code ${code}`)
}
