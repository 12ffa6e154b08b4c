// A generator with two draws and a second refill. It stops wherever the test looks into its memory.
import { collect, stop } from './stop.mjs'

const { createRandom } = await import(process.env.ATFORK_BUILD)

const random = createRandom(JSON.parse(process.env.OPTIONS))
collect()
const small = random(200)
const large = random(5000)
stop('drawn')
small.fill(0)
large.fill(0)
collect()
random.reseed()
collect()
stop('reseeded')
gc()
stop('collected')
