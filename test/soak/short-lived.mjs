// A child process, cluster worker or thread that draws until it is killed: `short-lived.mjs PACKAGE FILE`.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { drawer } from './drawer.mjs'

const [url, file] = process.argv.slice(2)
const lib = await import(url)
const draw = drawer(lib, file, lib.createRandom({ maxAge: 10 }))
draw(1)
lib.atfork() // loads koffi: a thread that is terminated in the midst of that takes the process with it
if (parentPort === null) process.send('drawing')
else parentPort.postMessage('drawing')
process.once('disconnect', () => process.exit()) // killed with the parent
for (;;) {
  draw(256)
  await sleep(1)
}
