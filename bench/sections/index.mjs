/** Every section, in the order of the table. */
import { bulk } from './bulk.mjs'
import { costs } from './costs.mjs'
import { draws } from './draws.mjs'
import { drbg } from './drbg.mjs'
import { growth } from './growth.mjs'
import { python } from './python.mjs'

export const SECTIONS = { draws, bulk, drbg, costs, growth, python }
