/** What the guards of `atfork/register` add to the functions that they guard: a process with the preload, and one without. */
import * as crypto from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { GUARDED } from '../members/guarded-calls.mjs'
import { memberFile, startProcess, team } from '../members.mjs'
import { teams } from '../row.mjs'

const REGISTER = fileURLToPath(new URL('../../dist/register.js', import.meta.url))

const start = (name, ...flags) => startProcess(process.execPath, [...flags, memberFile('guarded.mjs'), name])
/** The newest of them is not in every line of Node. */
const obstacle = (name) => () => (name === 'randomUUIDv7' && !(name in crypto) ? `this Node has no ${name}` : undefined)

export const guards = Object.keys(GUARDED).map((name) =>
  teams(
    `guarded ${name}`,
    'not guarded',
    async () => [await team([start(name, '--import', REGISTER)]), await team([start(name)])],
    { obstacle: obstacle(name) },
  ),
)
