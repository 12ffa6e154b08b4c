/** What is left of secrets in a process's memory when they are used up. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { beforeEach, describe, expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { mutate, type Replacement, src } from '../support/mutate.ts'
import { slow } from '../support/slow.ts'
import type { Finding } from './memory.ts'
import { drbgSecrets, type HashName, randomSecrets } from './secrets.ts'
import { names, requireMemory, watch } from './watched.ts'

beforeEach(requireMemory)

/** The package built with something taken out. */
const brokenBuild = <Result>(replacements: readonly Replacement[], use: (build: string) => Promise<Result>) =>
  inFolder(async (folder) => {
    const bundle = await rolldown({
      input: src('index.ts'),
      plugins: [mutate(replacements)],
      platform: 'node',
      logLevel: 'silent',
    })
    const file = join(folder, 'broken.mjs')
    await bundle.write({ file, format: 'esm' })
    await bundle.close()
    return use(pathToFileURL(file).href)
  })

/** Nothing is wiped; and what would have been is kept, or its memory would sooner or later be used again. */
const UNWIPED: readonly Replacement[] = [
  ['bytes.ts', 'views[i]?.fill(0)', '((globalThis as any).kept ??= []).push(views[i])'],
]

const watchDrbg = (hash: HashName, build?: string): Promise<Record<string, Finding[]>> => {
  const { script, known } = drbgSecrets(hash)
  return watch('drbg.mjs', { secrets: script, env: { HASH: hash }, ...(build && { build }) }, () => known)
}

const watchRandom = (expand: 'aes' | 'hmac', maxAge: number, build?: string): Promise<Record<string, Finding[]>> => {
  const { script, known } = randomSecrets(expand, maxAge)
  const env = { OPTIONS: JSON.stringify({ expand, maxAge }) }
  return watch('random.mjs', { secrets: script, env, scripted: true, ...(build && { build }) }, known)
}

test('control: a planted secret is found in each form until it is wiped', async () => {
  const secrets = randomBytes(144)
  const known = [0, 48, 96].map((at, i) => ({ name: `secret ${i}`, bytes: secrets.subarray(at, at + 48) }))
  const found = await watch('planted.mjs', { secrets }, () => known)
  expect(found['not yet']).toEqual([])
  expect(found.planted?.map(({ name, form, length }) => `${name}: ${length} ${form}`).sort()).toEqual([
    'secret 0: 48 bytes',
    'secret 1: 48 words',
    'secret 2: 48 numbers',
  ])
  expect(found.wiped).toEqual([])
})

describe('HmacDrbg', () => {
  test.for<HashName>(['sha256', 'sha512'])(
    '%s: only the state that lives is in memory, and nothing after wipe()',
    async (hash, ctx) => {
      if (hash === 'sha512') slow(ctx)
      const found = await watchDrbg(hash)
      expect(names(found.made)).toEqual(['K 1', 'V 1'])
      expect(names(found.generated)).toEqual(['K 2', 'V 2', 'output'])
      expect(names(found.reseeded)).toEqual(['K 3', 'V 3'])
      expect(found.wiped).toEqual([])
      expect(found.collected).toEqual([])
    },
  )

  test('control: without its wiping all of it is left', async (ctx) => {
    slow(ctx)
    const found = await brokenBuild(UNWIPED, (build) => watchDrbg('sha256', build))
    expect(names(found.collected)).toEqual(['K 1', 'K 2', 'K 3', 'V 1', 'V 2', 'V 3'])
  })

  test('control: what noble reads out of its hashes would be left', async (ctx) => {
    slow(ctx)
    const broken: Replacement[] = [['drbg/hmac.ts', 'tidy(hash.create())', 'hash.create()']]
    const found = await brokenBuild(broken, (build) => watchDrbg('sha256', build))
    expect(names(found.generated)).toEqual(
      expect.arrayContaining(['K 2', 'V 2', 'keyed hash 1', 'keyed hash 2', 'output']),
    )
    expect(found.generated?.filter(({ form }) => form === 'numbers').length).toBeGreaterThan(4)
  })

  test('control: a hash that stayed keyed would be found', async (ctx) => {
    slow(ctx)
    const broken: Replacement[] = [['drbg/hmac.ts', 'this.#inner.destroy()', '']]
    const found = await brokenBuild(broken, (build) => watchDrbg('sha256', build))
    expect(names(found.wiped)).toContain('keyed hash 3')
  })
})

/** What node:crypto's own cipher leaves, in memory that it has freed: see docs/reliability.md. */
const NODE_LEAVES = ['large draw']

describe('a generator', () => {
  const LIVE = ['K 2', 'V 2']
  test('after a refill there is nothing of the last one, nor of what was handed out', async () => {
    const found = await watchRandom('aes', 0)
    expect(names(found.drawn)).toEqual(['K 1', 'V 1', 'large draw', 'small draw'])
    for (const stop of [found.reseeded, found.collected])
      expect(names(stop).filter((name) => !NODE_LEAVES.includes(name))).toEqual(LIVE)
  })

  test('the same within maxAge, but for the seed of the next pool', async (ctx) => {
    slow(ctx)
    const found = await watchRandom('aes', 1000)
    expect(names(found.drawn)).toEqual(['K 1', 'V 1', 'large draw', 'next seed 1', 'small draw'])
    // What is drawn there is what the cipher gave.
    for (const stop of [found.reseeded, found.collected])
      expect(names(stop).filter((name) => ![...NODE_LEAVES, 'small draw'].includes(name))).toEqual([
        ...LIVE,
        'next seed 2',
      ])
  })

  test("the same with expand: 'hmac', and there a large draw leaves nothing either", async (ctx) => {
    slow(ctx)
    const found = await watchRandom('hmac', 0)
    expect(names(found.drawn)).toEqual(expect.arrayContaining(['large draw', 'small draw']))
    // So much of HMAC takes so long that the collector may come in the midst of it, and copy the numbers of one block.
    for (const stop of [found.reseeded, found.collected])
      expect(names(stop?.filter(({ form }) => form !== 'numbers'))).toEqual(LIVE)
  })

  test('control: without its wiping it leaves the kernel’s bytes, seeds, old keys and AES keys', async (ctx) => {
    slow(ctx)
    const found = await brokenBuild(UNWIPED, (build) => watchRandom('aes', 0, build))
    expect(names(found.collected)).toEqual(
      expect.arrayContaining(['AES key', 'K 1', 'K 1, at once', 'V 1', 'V 1, at once', 'kernel bytes', 'used seed']),
    )
  })

  test('control: a cipher that was not finished would hold the AES key', async (ctx) => {
    slow(ctx)
    const broken: Replacement[] = [['drbg/ctr-drbg.ts', 'cipher.final()', 'void 0']]
    const found = await brokenBuild(broken, (build) => watchRandom('aes', 0, build))
    expect(names(found.drawn)).toContain('AES key')
  })
})
