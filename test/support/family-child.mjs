// A cluster worker, thread or child process of a family (family.ts): ready, waits for the word, draws, reports.
import { parentPort } from 'node:worker_threads'
import { draw } from './family-member.mjs'

const port = parentPort ?? process
const send = (message) => (parentPort === null ? process.send(message) : parentPort.postMessage(message))
port.once('message', () => {
  send(draw(JSON.parse(process.argv[2]), false))
  if (parentPort === null) process.disconnect()
})
send('ready')
