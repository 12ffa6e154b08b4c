/** Prototype pollution and replaced intrinsics, before the package is imported and after it was used. */
import { beforeAll, expect, test, vi } from 'vitest'
import { PACKAGE, runNode } from '../../support/node-child.ts'
import { slow } from '../../support/slow.ts'
import { checkTour, checkTourOrErrors, type Tour } from './judge-tour.ts'
// @ts-expect-error: JavaScript, as it runs in a process without a compiler
import { NAMES_OF_HARMLESS, TAMPERINGS } from './tamper.mjs'

const HERE = new URL('tampered.mjs', import.meta.url).href
/** Without node:ffi and koffi, which are not ours, and are loaded meanwhile. */
const env = { ATFORK_HEAL: 'caches' }

/** Calls a function of tampered.mjs in a process of its own. */
const run = (call: string): Promise<unknown> =>
  runNode(
    `const { before, after } = await import(${JSON.stringify(HERE)})
    const PACKAGE = ${JSON.stringify(PACKAGE)}
    const result = await ${call}
    report(result)
    process.exit(0)`,
    { flags: ['--no-warnings'], env }, // Node's own loader stumbles over some
  )
const before = async (name: string): Promise<Tour & { refused?: string }> =>
  (await run(`before(PACKAGE, ${JSON.stringify(name)})`)) as Tour

const HARMLESS = new Set<string>(NAMES_OF_HARMLESS)
let reference: Tour

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

beforeAll(async () => {
  reference = await before('nothing')
  checkTour(reference, reference)
})

test('after: right, or an error; and right again when it is undone', async () => {
  const { meanwhile, undone } = (await run('after(PACKAGE)')) as { meanwhile: { [name: string]: Tour }; undone: Tour }
  let errors = 0
  for (const [name, tour] of Object.entries(meanwhile))
    if (HARMLESS.has(name)) checkTour(tour, reference)
    else errors += checkTourOrErrors(tour, reference)
  checkTour(undone, reference)
  expect(Object.keys(meanwhile)).toEqual(Object.keys(TAMPERINGS))
  expect(errors).toBeGreaterThan(0) // control: they do something
})

test.for(Object.keys(TAMPERINGS).filter((name) => name !== 'nothing'))('before: %s', async (name, ctx) => {
  if (name !== 'options on Object.prototype') slow(ctx)
  const { refused, ...tour } = await before(name)
  if (HARMLESS.has(name)) {
    expect(refused).toBe(undefined)
    checkTour(tour, reference)
  } else if (refused === undefined) checkTourOrErrors(tour, reference)
  else expect(refused).toMatch(/^\w*Error: /)
})
