// An HmacDrbg from its making to its end. It stops wherever the test looks into its memory.
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { collect, secret, stop } from './stop.mjs'

const { HmacDrbg } = await import(process.env.ATFORK_BUILD)

collect()
const entropy = secret(32)
const nonce = secret(16)
const drbg = new HmacDrbg({ hash: { sha256, sha512 }[process.env.HASH], entropy, nonce })
entropy.fill(0)
nonce.fill(0)
collect()
stop('made')
const bytes = drbg.generate(100)
stop('generated')
bytes.fill(0)
collect()
const fresh = secret(32)
drbg.reseed(fresh)
fresh.fill(0)
collect()
stop('reseeded')
drbg.wipe()
stop('wiped')
gc()
stop('collected')
