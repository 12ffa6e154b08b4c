/**
 * The caches of node:crypto. A process that has drawn from them is copied by a V8 startup snapshot; what two copies
 * share tells to the value how much Node keeps, so this goes red when a Node line keeps more.
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { mutate, src } from '../support/mutate.ts'
import { slow } from '../support/slow.ts'
import { withSnapshot } from '../support/snapshot.ts'

/** What Node keeps. */
const UUIDS = 128
const INTS = 1024

/**
 * Draws `uuids` and `ints` before the copy, and in the copy more than a cache of twice Node's size would last. Of a UUID
 * only the end: randomUUID and randomUUIDv7 make it of the same random bytes. No integer of this range is drawn anew.
 */
const program = (uuids: number, ints: number): string => `
  import crypto, { randomInt, randomUUID, randomUUIDv7 } from 'node:crypto'
  import v8 from 'node:v8'
  import { healing, random } from 'atfork'
  const webCrypto = globalThis.crypto
  const web = () => webCrypto.randomUUID()
  const captured = [randomUUID, ...(randomUUIDv7 ? [randomUUIDv7] : []), web]
  const late = [() => crypto.randomUUID(), ...(randomUUIDv7 ? [() => crypto.randomUUIDv7()] : []), () => globalThis.crypto.randomUUID()]
  const draw = (n, m) => ({
    uuids: Array.from({ length: n }, (_, i) => [...captured, ...late][i % (2 * late.length)]().slice(19)),
    ints: Array.from({ length: m }, (_, i) => (i % 2 ? randomInt : (max) => crypto.randomInt(max))(2 ** 48 - 1)),
  })
  random(16)
  draw(${uuids}, ${ints})
  v8.startupSnapshot.setDeserializeMainFunction(() => {
    const { uuids, ints } = draw(${2 * UUIDS + 100}, ${2 * INTS + 100})
    console.log(JSON.stringify({ uuids, ints, healing: healing() }))
  })`

interface Drawn {
  uuids: string[]
  ints: number[]
  healing: Record<string, string>
}

type Start = () => Promise<{ stdout: string; stderr: string }>

async function drawnBy(start: Start): Promise<Drawn> {
  const { stdout, stderr } = await start()
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

/** How many values the second of two copies shares with the first. */
async function shared(start: Start): Promise<{ uuids: number; ints: number }> {
  const [one, other] = (await Promise.all([drawnBy(start), drawnBy(start)])) as [Drawn, Drawn]
  const count = (a: unknown[], b: unknown[]): number => b.filter((value) => a.includes(value)).length
  return { uuids: count(one.uuids, other.uuids), ints: count(one.ints, other.ints) }
}

const NONE = { uuids: 0, ints: 0 }
/** What is left of a cache after so many draws: it is filled when it is needed. */
const left = (size: number, drawn: number): number => (size - (drawn % size)) % size

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each([
  [0, 0],
  [1, 1],
  [127, 127],
  [128, 128],
  [129, 1023],
  [1023, 1024],
  [1024, 1025],
  [1025, 129],
])('after %i UUIDs and %i integers', (uuids, ints) => {
  test('copies share nothing; unhealed they share all that was left', (ctx) => {
    if (![127, 1024].includes(uuids)) slow(ctx)
    return withSnapshot(program(uuids, ints), async (built, start) => {
      expect(built.stderr).toBe('')
      expect(await shared(start)).toEqual(NONE)
      vi.stubEnv('ATFORK_HEAL', 'off')
      expect(await shared(start)).toEqual({ uuids: left(UUIDS, uuids), ints: left(INTS, ints) })
    })
  })
})

test('discarding one value less than what can be left would show', async () => {
  const plugins = [
    mutate([
      ['heal/node-caches.ts', 'const UUIDS = 128 + 1', `const UUIDS = ${UUIDS - 2}`],
      ['heal/node-caches.ts', 'const INTS = 1024 + 1', `const INTS = ${INTS - 2}`],
    ]),
  ]
  const source = { atfork: src('index.ts'), plugins }
  await withSnapshot(
    program(1, 1),
    async (_, start) => expect(await shared(start)).toEqual({ uuids: 1, ints: 1 }),
    source,
  )
})

test('healing() in a copy: the caches, and OpenSSL is a new one', () =>
  withSnapshot(program(1, 1), async (_, start) => {
    const healed = { uuidCache: 'emptied', intCache: 'emptied', libraryPools: 'not guarded', openssl: 'not needed' }
    expect((await drawnBy(start)).healing).toMatchObject(healed)
    vi.stubEnv('ATFORK_HEAL', 'off')
    const off = 'switched off by ATFORK_HEAL=off'
    expect((await drawnBy(start)).healing).toMatchObject({
      uuidCache: `not emptied: ${off}`,
      intCache: `not emptied: ${off}`,
      libraryPools: `not remixed: ${off}`,
      openssl: `not reachable: ${off}`,
    })
  }))
