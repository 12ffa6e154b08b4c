import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { ready } from 'atfork'

await ready()
createServer().listen(0, () => {
  console.log(JSON.stringify({ pid: process.pid, worker: cluster.worker.id, calls: globalThis.calls }))
})
