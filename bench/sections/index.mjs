/** Every section, in the order of the table. */
import { bulk } from './bulk.mjs'
import { costs } from './costs.mjs'
import { draws } from './draws.mjs'
import { drbg } from './drbg.mjs'
import { events } from './events.mjs'
import { growth } from './growth.mjs'
import { guards } from './guards.mjs'
import { python } from './python.mjs'

export const SECTIONS = { draws, bulk, drbg, guards, costs, events, growth, python }
