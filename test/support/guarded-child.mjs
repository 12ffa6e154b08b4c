// Whatever is started by guarded-parent.mjs: writes whether node:crypto is guarded in it to the file that it is given.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const guard = globalThis[Symbol.for('atfork:guard:1')]
writeFileSync(process.argv[2], JSON.stringify(guard?.originals.has(randomBytes) === true))
process.disconnect?.() // an open channel keeps a cluster worker alive
