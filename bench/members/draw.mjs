/** Serves one kind of draw: `node draw.mjs NAME`. */
import { randomBytes } from 'node:crypto'
import { random } from 'atfork'
import { serve } from './serve.mjs'

const CALLS = {
  random: () => random(16),
  int: () => random.int(1, 7),
  randomBytes: () => randomBytes(16),
}
serve(CALLS[process.argv[2]])
