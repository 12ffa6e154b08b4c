/**
 * Serves draws from many generators in turn: `node generators.mjs LIVE`. Each has drawn a different amount, so that their refills
 * do not fall into one block. A pool is 32 KiB: of 100,000 generators only the first thousand draw.
 */
import { createRandom, random } from 'atfork'
import { serve } from './serve.mjs'

const POOL_DRAWS = 128
const live = Array.from({ length: Number(process.argv[2]) }, () => createRandom())
const drawing = live.slice(0, 1000)
for (const generator of drawing) for (let left = 1 + random.int(POOL_DRAWS); left > 0; left--) generator(256)
let next = 0
serve(() => {
  next = next + 1 < drawing.length ? next + 1 : 0
  return drawing[next](16)
})
