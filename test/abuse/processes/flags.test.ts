/** Node's own flags that take something away from programs. All goes on under each, with what it must be granted. */
import { beforeAll, expect, test, vi } from 'vitest'
import { PACKAGE, runNode } from '../../support/node-child.ts'
import { slow } from '../../support/slow.ts'
import { checkTour, type Tour } from './judge-tour.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
const TOUR = new URL('tour.mjs', import.meta.url).href

/** Where Node's V8 would print that it takes WebAssembly away. */
const NO_WASM = Number(process.versions.node.split('.')[0]) < 24 ? ['--no-expose-wasm'] : []

interface Report {
  tour: Tour
  healing: { detection: string; openssl: string }
}

const run = async (...flags: string[]): Promise<Report> =>
  (await runNode(
    `const { tour } = await import(${JSON.stringify(TOUR)})
    const api = await import(${JSON.stringify(PACKAGE)})
    report({ tour: tour(api), healing: api.healing() })`,
    { flags: ['--no-warnings', ...flags], env: { ATFORK_HEAL: 'caches' } },
  )) as Report

let reference: Tour

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

beforeAll(async () => {
  reference = (await run()).tour
})

test.for([
  ['--frozen-intrinsics'],
  ['--disable-proto=delete'],
  ['--disable-proto=throw'],
  ['--no-addons'],
  ['--jitless', ...NO_WASM],
])('%s', async (flags, ctx) => {
  if (flags[0] !== '--frozen-intrinsics') slow(ctx)
  checkTour((await run(...flags)).tour, reference)
})

test('control: the flags do what they say', async (ctx) => {
  slow(ctx)
  const state = (...flags: string[]): Promise<unknown> =>
    runNode(
      `const throws = (call) => { try { call() } catch { return true } return false }
      report([Object.isFrozen(Array.prototype), throws(() => ({}).__proto__), '__proto__' in Object.prototype, typeof WebAssembly])`,
      { flags: ['--no-warnings', ...flags] },
    )
  expect(await state()).toEqual([false, false, true, 'object'])
  expect(await state('--frozen-intrinsics')).toEqual([true, false, true, 'object'])
  expect(await state('--disable-proto=delete')).toEqual([false, false, false, 'object'])
  expect(await state('--disable-proto=throw')).toEqual([false, true, true, 'object'])
  expect(await state('--jitless', ...NO_WASM)).toEqual([false, false, true, 'undefined'])
})

test("the permission model: what each of README.md's grants is for", async (ctx) => {
  slow(ctx)
  const named = await runNode(`report(process.allowedNodeEnvironmentFlags.has('--permission'))`)
  const permission = [named ? '--permission' : '--experimental-permission', `--allow-fs-read=${ROOT}*`]
  const URANDOM = '--allow-fs-read=/dev/urandom'

  const none = await run(...permission)
  for (const [name, { error }] of Object.entries(none.tour.live))
    expect(error, name).toMatch(/--allow-fs-read=\/dev\/urandom/)
  expect(none.tour.seeded).toEqual(reference.seeded) // it needs no entropy

  const least = await run(...permission, URANDOM)
  checkTour(least.tour, reference)
  expect(least.healing.detection).toMatch(/^off: \/proc\/self\/stat cannot be read/)

  const detecting = await run(...permission, URANDOM, '--allow-fs-read=/proc/self/stat')
  checkTour(detecting.tour, reference)
  expect(detecting.healing.detection).toBe('on')
})
