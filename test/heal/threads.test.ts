/** Each thread has caches of its own. An atfork() in one lets the others heal theirs at their next draw. */
import { beforeEach, expect, test } from 'vitest'
import { requireCriu, restores } from '../support/checkpoint.ts'
import { PACKAGE } from '../support/node-child.ts'

beforeEach(requireCriu)

/** More than what was left of both caches. */
const UUIDS = 200
const INTS = 1500

/** What both threads do. */
const MEMBER = `
const { randomBytes, randomInt, randomUUID } = process.getBuiltinModule('crypto')
const draw = () => ({
  uuids: Array.from({ length: ${UUIDS} }, () => randomUUID()),
  ints: Array.from({ length: ${INTS} }, () => randomInt(2 ** 48 - 1)),
  bytes: [randomBytes(16).toString('hex')],
})
/** What a thread does that draws from this package: the healing is over when that has been waited for. */
const drawAfterRandom = async () => {
  const before = healing()
  random(1)
  await undefined
  return { before, after: healing(), ...draw() }
}
randomUUID()
randomInt(3)
randomBytes(16)
random(1)
`

const WORKER = `
import { parentPort } from 'node:worker_threads'
import { atfork, healing, random } from ${JSON.stringify(PACKAGE)}
${MEMBER}
parentPort.on('message', async (question) => {
  if (question === 'atfork') atfork()
  parentPort.postMessage(question === 'draw' ? draw() : await drawAfterRandom())
})
parentPort.postMessage('ready')
`

/** The environment says in which thread atfork() is called. */
const PROGRAM = `
import { once } from 'node:events'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { atfork, healing, random } from 'atfork'
${MEMBER}
const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(WORKER)}`)}), { env: SHARE_ENV })
await once(worker, 'message')
const ask = async (question) => {
  worker.postMessage(question)
  return (await once(worker, 'message'))[0]
}
ready()
const { env: { CALLER } } = await go()
if (CALLER === 'main') {
  atfork()
  const idle = await ask('draw') // it has not drawn from this package yet
  report({ idle, main: await drawAfterRandom(), worker: await ask('random') })
} else {
  const worker = await ask('atfork')
  const idle = draw()
  report({ idle, worker, main: await drawAfterRandom() })
}
`

type Drawn = Record<'uuids' | 'ints' | 'bytes', unknown[]> & { before: object; after: object }
type Report = Record<'main' | 'worker' | 'idle', Drawn>

/** How many values of each kind two restores have in common. */
const shared = ([one, other]: Report[], thread: keyof Report): Record<string, number> =>
  Object.fromEntries(
    (['uuids', 'ints', 'bytes'] as const).map((kind) => {
      const seen = new Set(one?.[thread][kind])
      return [kind, (other?.[thread][kind] ?? []).filter((value) => seen.has(value)).length]
    }),
  )

const NOTHING = { uuids: 0, ints: 0, bytes: 0 }
const HEALED = { uuidCache: 'emptied', intCache: 'emptied', openssl: 'reseeded' }

test.each(['main', 'worker'] as const)('from the %s thread to the other', { timeout: 120_000 }, async (caller) => {
  const other = caller === 'main' ? 'worker' : 'main'
  const heal = { env: { CALLER: caller } }
  const off = { env: { CALLER: caller, ATFORK_HEAL: 'off' } }
  const reports = (await restores({ code: PROGRAM }, [heal, heal, off, off])) as Report[]
  const healed = reports.slice(0, 2)
  for (const report of healed) {
    expect(report[caller].before).toMatchObject(HEALED)
    expect(report[other].before).toMatchObject({ uuidCache: 'not needed', intCache: 'not needed' })
    expect(report[other].after).toMatchObject(HEALED)
  }
  expect(shared(healed, caller)).toEqual(NOTHING)
  expect(shared(healed, other)).toEqual(NOTHING)
  // The limit that the documentation states: a thread that does not draw from this package keeps its caches.
  expect(shared(healed, 'idle')).toEqual({ uuids: 127, ints: 1023, bytes: 0 })
  const unhealed = reports.slice(2)
  for (const thread of ['main', 'worker', 'idle'] as const)
    expect(shared(unhealed, thread), thread).toEqual({ uuids: UUIDS, ints: INTS, bytes: 1 })
})
