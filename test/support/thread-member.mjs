// A thread of test/lifecycle/threads.test.ts. With a depth above 0 it starts another, and passes questions down to it.
// Answers 'draw' with what its next draw did: a generator that throws after a copy shows that its thread heard of one.
import { once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { atfork, createRandom } from 'atfork'

const strict = createRandom({ onFork: 'throw' })
strict(16)
const inner =
  workerData.depth > 0
    ? new Worker(new URL(import.meta.url), { workerData: { depth: workerData.depth - 1 } })
    : undefined
if (inner !== undefined) await once(inner, 'message')

function draw() {
  try {
    strict(16)
    return 'drew'
  } catch (error) {
    strict.reseed()
    return error.code
  }
}

parentPort.on('message', async (question) => {
  if (question === 'end') {
    await inner?.terminate()
    parentPort.close()
    return
  }
  if (question === 'atfork') atfork()
  inner?.postMessage('draw')
  const below = inner === undefined ? [] : (await once(inner, 'message'))[0]
  parentPort.postMessage([question === 'atfork' ? 'called' : draw(), ...below])
})
parentPort.postMessage('ready')
