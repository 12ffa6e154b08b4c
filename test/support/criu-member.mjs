/** Sources that the process to be checkpointed draws from, beside the audit's own. */
import { readlinkSync } from 'node:fs'
import { createRandom, random } from 'atfork'

/** The live one: process.pid is a constant. */
export const pid = () => readlinkSync('/proc/self')

const events = []
globalThis[Symbol.for('atfork:1')].listeners.push(({ kind }) => events.push(kind))

/** More than a pool lasts: there is a refill among so many draws. */
const DRAWS_TO_REFILL = 32_768 / 16 + 1

/** The copy events that this process has heard of, after a refill. */
export async function noticed() {
  for (let i = 0; i < DRAWS_TO_REFILL; i++) random(16)
  await undefined // listeners are called in a microtask
  return events.join(' ') || 'none'
}

const strict = createRandom({ onFork: 'throw' })
export const refused = () => strict(16)
