/** One row in a process of its own: `node --expose-gc measure.mjs SECTION INDEX` prints what its rounds gave, as JSON. */
import { writeSync } from 'node:fs'
import { SECTIONS } from './sections/index.mjs'

const [section, index] = process.argv.slice(2)
writeSync(1, JSON.stringify(await SECTIONS[section][Number(index)].measure()))
process.exit() // whatever a rival keeps open
