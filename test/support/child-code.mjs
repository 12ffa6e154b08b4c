// A cluster worker, thread or forked child (children.ts) that runs the code it is given, and sends what that returns.
import { parentPort } from 'node:worker_threads'
import * as lib from 'atfork'

const AsyncFunction = (async () => {}).constructor
const answer = await new AsyncFunction('lib', process.argv[2])(lib)
if (parentPort !== null) parentPort.postMessage(answer)
else process.send(answer, () => process.disconnect())
