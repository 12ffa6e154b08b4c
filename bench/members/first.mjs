/** Prints the nanoseconds of the first draw of a process: `node first.mjs NAME`. */
import { randomBytes } from 'node:crypto'
import { random } from 'atfork'

const draw = { random, randomBytes }[process.argv[2]]
const start = process.hrtime.bigint()
draw(16)
console.log(String(process.hrtime.bigint() - start))
