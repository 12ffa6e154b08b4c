/** Serves a function of node:crypto: `node guarded.mjs NAME`. Whether it is guarded is up to the preload. */
import { GUARDED } from './guarded-calls.mjs'
import { serve } from './serve.mjs'

const name = process.argv[2]
const preloaded = process.execArgv.includes('--import')
const guarded = Object.getOwnPropertySymbols(globalThis).some((key) => key === Symbol.for('atfork:register:1'))
if (guarded !== preloaded) throw new Error(`expected the guards to be ${preloaded ? 'there' : 'absent'}`)
serve(GUARDED[name])
