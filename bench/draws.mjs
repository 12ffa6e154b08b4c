// Small draws against node:crypto, as ratios within one run: `npm run bench`. The two sides of each ratio alternate, round by
// round, so that a noisy machine disturbs both; the table gives the median ratio and the middle half of all rounds.
import * as crypto from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { createRandom, HmacDrbg, random } from 'atfork'
import hash from 'hash.js'
import hmacDrbg from 'hmac-drbg'

const ROUNDS = 31
const ROUND_MS = 4

const fast = createRandom({ maxAge: 10 })
const urandom = openSync('/dev/urandom')
const sixteen = new Uint8Array(new ArrayBuffer(16))
const seed = { entropy: random(32), nonce: random(16) }
const ours = new HmacDrbg(seed)
const theirs = new hmacDrbg({ hash: hash.sha256, entropy: [...seed.entropy], nonce: [...seed.nonce], pers: [] })

/** What is compared, with the budget of the design where there is one. */
const ROWS = [
  ['random(16)', () => random(16), 'crypto.randomBytes(16)', () => crypto.randomBytes(16), 0.65],
  ['random(16)', () => random(16), 'readSync of 16 bytes', () => readSync(urandom, sixteen, 0, 16, 0), 1.5],
  [
    'random.uuid()',
    () => random.uuid(),
    'randomUUID, no cache',
    () => crypto.randomUUID({ disableEntropyCache: true }),
    0.65,
  ],
  ['random.int(6)', () => random.int(6), 'crypto.randomInt(6)', () => crypto.randomInt(6)],
  [
    'random.ints(1000, 6)',
    () => random.ints(1000, 6),
    '1,000 × randomInt(6)',
    () => {
      for (let i = 0; i < 1000; i++) crypto.randomInt(6)
    },
  ],
  ['random(257)', () => random(257), 'random(256)', () => random(256), 3.5],
  ['random(65536)', () => random(65536), 'crypto.randomBytes(65536)', () => crypto.randomBytes(65536), 1.4],
  ['maxAge: 10, (16)', () => fast(16), 'crypto.randomBytes(16)', () => crypto.randomBytes(16), 0.08],
  ['maxAge: 10, uuid()', () => fast.uuid(), 'crypto.randomUUID()', () => crypto.randomUUID(), 1.2],
  [
    'maxAge: 10, ints(1000, 6)',
    () => fast.ints(1000, 6),
    '1,000 × randomInt(6)',
    () => {
      for (let i = 0; i < 1000; i++) crypto.randomInt(6)
    },
    0.25,
  ],
  ['HmacDrbg.generate(32)', () => ours.generate(32), 'npm hmac-drbg', () => theirs.generate(32), 0.6],
]

/** Nanoseconds of one call, over about ROUND_MS. */
function time(call, times) {
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) call()
  return Number(process.hrtime.bigint() - start) / times
}

/** How many calls take about ROUND_MS, once they are warm. */
function calibrate(call) {
  time(call, 20)
  return Math.max(1, Math.round((ROUND_MS * 1e6) / time(call, 20)))
}
const quantile = (sorted, q) => sorted[Math.floor(q * (sorted.length - 1))]

console.log(`Node ${process.version}; ratio: below 1, the left side is faster\n`)
for (const [left, ourCall, right, theirCall, budget] of ROWS) {
  const [ourTimes, theirTimes] = [calibrate(ourCall), calibrate(theirCall)]
  const ratios = Array.from({ length: ROUNDS }, () => time(ourCall, ourTimes) / time(theirCall, theirTimes)).sort(
    (a, b) => a - b,
  )
  const spread = `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`
  const against = budget === undefined ? '' : `, budget ${budget}`
  console.log(`${left} : ${right}`.padEnd(56), quantile(ratios, 0.5).toFixed(2).padStart(6), ` (${spread})${against}`)
}
