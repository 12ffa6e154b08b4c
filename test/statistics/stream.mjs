// A stream of bytes on stdout until nobody reads it any more: `node stream.mjs NAME`. Tells on stderr how much went out.
import { fork } from 'node:child_process'
import { writeSync } from 'node:fs'
import { sha256 } from '@noble/hashes/sha2.js'
import { createRandom, HmacDrbg, random } from 'atfork'

const CHILDREN = 64
/** What is written at once; a generator of the standard's gives as much in one request (SP 800-90A, table 2). */
const BLOCK = 65_536
/** Equal parts of a block, by draws of each size: those that come out of the pool, and those beyond it. */
const SIZES = [64, 256, 2048, 16_384]
const PART = BLOCK / SIZES.length

/** One block after the other. */
const drawnFrom = (generator) => () => {
  const block = new Uint8Array(BLOCK)
  for (const [part, size] of SIZES.entries())
    for (let at = 0; at < PART; at += size) block.set(generator(Math.min(size, PART - at)), part * PART + at)
  return block
}

/** What fills arrays from a stream that has no end. */
function filler(stream) {
  const chunks = stream[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  return async (out) => {
    for (let at = 0; at < out.length; ) {
      if (rest.length === 0) rest = (await chunks.next()).value // undefined if the child has ended, which throws
      const count = rest.copy(out, at)
      rest = rest.subarray(count)
      at += count
    }
  }
}

/** A word of each child in turn, so that what two of them have in common stands side by side. */
function interleaved() {
  const stdio = ['ignore', 'pipe', 'ignore', 'ipc']
  const fillers = Array.from({ length: CHILDREN }, () =>
    filler(fork(new URL(import.meta.url), ['random'], { stdio }).stdout),
  )
  const own = new Uint32Array(BLOCK / 4)
  return async () => {
    const all = new Uint32Array(own.length * CHILDREN)
    for (const [child, fill] of fillers.entries()) {
      await fill(new Uint8Array(own.buffer))
      for (let i = 0; i < own.length; i++) all[i * CHILDREN + child] = own[i]
    }
    return new Uint8Array(all.buffer)
  }
}

const STREAMS = {
  random: () => drawnFrom(random),
  maxAge: () => drawnFrom(createRandom({ maxAge: 10 })),
  HmacDrbg() {
    const drbg = new HmacDrbg({ hash: sha256, entropy: random(32), nonce: random(16) })
    return () => drbg.generate(BLOCK)
  },
  children: interleaved,

  /** Control: the top bit of each 10th byte is 1. */
  stuck() {
    const next = drawnFrom(random)
    return () => next().map((byte, i) => (i % 10 === 0 ? byte | 0x80 : byte))
  },
  /** Control: 4 KiB again and again. */
  repeated() {
    const once = random(4096)
    const block = new Uint8Array(BLOCK).map((_, i) => once[i % once.length])
    return () => block
  },
}

let written = 0
try {
  const next = STREAMS[process.argv[2]]()
  for (;;) {
    const block = await next()
    for (let at = 0; at < block.length; ) {
      const count = writeSync(1, block, at)
      at += count
      written += count
    }
  }
} catch (error) {
  if (error.code !== 'EPIPE') throw error
  console.error(`${written} bytes`)
  process.exit() // and the children, whose pipes end with this process
}
