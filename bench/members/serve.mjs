/** The member's side of members.mjs: `call` by the block, until the other side closes. */
import { createInterface } from 'node:readline'
import { parentPort } from 'node:worker_threads'

function time(call, count) {
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) call()
  return Number(process.hrtime.bigint() - start)
}

export function serve(call) {
  if (parentPort !== null) parentPort.on('message', (count) => parentPort.postMessage(time(call, count)))
  else createInterface({ input: process.stdin }).on('line', (line) => console.log(time(call, Number(line))))
}
