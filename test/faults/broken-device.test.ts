/** A kernel that gives the same bytes again and again, or few at a time: a library in front of libc plays it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { ALL_FILLED, ATTEMPT, refusal } from '../support/attempts.ts'
import { inForks, requireFork } from '../support/children.ts'
import { library } from '../support/compiled.ts'
import { runNode } from '../support/node-child.ts'
import { slow } from '../support/slow.ts'
import { withSnapshot } from '../support/snapshot.ts'

const KERNEL_READS = fileURLToPath(new URL('../support/kernel-reads.cjs', import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-faults-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllEnvs())

const faultyDevice = (ctx: TestContext): Record<string, string> => ({
  LD_PRELOAD: library(ctx, folder, 'faulty-device.c'),
})

const REPEATS = refusal('REPEATS', undefined, 'do not draw from it; repair or replace the system, then draw again')
/** Draws until one is refused. */
const UNTIL_REFUSED = `
  const untilRefused = () => {
    for (let drawn = 0; drawn < 3000; drawn++) {
      const result = attempt(16)
      if (result !== 'filled') return { drawn, result }
    }
    return 'never'
  }`

describe.skipIf(process.platform !== 'linux')('a device that repeats itself', () => {
  const sick = (period: number): string => `${ATTEMPT}
    ${UNTIL_REFUSED}
    const before = attempts()
    process.env.FAULTY_DEVICE = 'period ${period}'
    const first = untilRefused()
    const later = first === 'never' ? first : { drawn: attempts(), refused: allRefused() }
    process.env.FAULTY_DEVICE = ''
    report({ before, first, later, healed: attempts() })`

  it.for([
    [1, 1], // the second of equal reads is not handed out, and the third is the alarm
    [2, 2 * 2 + 512],
    [511, 2 * 511 + 512],
  ] as const)(
    'every %i reads: noticed, refused until it is well, and no draw before was weak',
    async ([period, most], ctx) => {
      if (period === 2) slow(ctx)
      const result = (await runNode(sick(period), { env: faultyDevice(ctx) })) as { first: { drawn: number } }
      expect(result).toEqual({
        before: ALL_FILLED,
        first: { drawn: expect.any(Number), result: REPEATS },
        later: { drawn: [REPEATS, REPEATS, REPEATS], refused: true },
        healed: ALL_FILLED,
      })
      expect(result.first.drawn).toBeLessThanOrEqual(most)
    },
  )

  it('the controls: a well one is never refused; nor is one with a period of 512, and the pool keeps draws apart', async (ctx) => {
    slow(ctx)
    const never = { before: ALL_FILLED, first: 'never', later: 'never', healed: ALL_FILLED }
    expect(await runNode(sick(512), { env: faultyDevice(ctx) })).toEqual(never)
    expect(await runNode(sick(1)), 'without the library').toEqual(never)
  })

  it('a copy made by fork(2) knows what the original has read: it refuses as well, until the device is well', async (ctx) => {
    slow(ctx)
    await requireFork(ctx)
    vi.stubEnv('LD_PRELOAD', library(ctx, folder, 'faulty-device.c'))
    const before = (fault: string): string => `
      lib.random(16)
      process.env.FAULTY_DEVICE = '${fault}'
      try { lib.random(16); lib.random(16) } catch {}`
    const after = `
      const draw = () => { try { return lib.random(16).length } catch ({ code }) { return code } }
      const sick = draw()
      process.env.FAULTY_DEVICE = ''
      return [sick, draw()]`
    const { parent, copies } = await inForks(before('period 1'), after)
    expect([parent, ...copies]).toEqual(Array(3).fill(['ERR_ENTROPY_SOURCE_REPEATS', 16]))
    expect(await inForks(before(''), after), 'the control').toEqual({
      parent: [16, 16],
      copies: [1, 2].map(() => [16, 16]),
    })
  })

  it('a process that is started from a snapshot knows nothing of what the builder has read', async (ctx) => {
    slow(ctx)
    vi.stubEnv('LD_PRELOAD', library(ctx, folder, 'faulty-device.c'))
    vi.stubEnv('FAULTY_DEVICE', 'period 2')
    const draws = (times: string): string => `
      import { random } from 'atfork'
      const draw = () => { for (let drawn = 0; drawn < ${times}; drawn++) try { random(16) } catch { return drawn } }`
    const code = `${draws('1')}; draw()
      process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(() => {
        ${draws('10').replace(/import.*/, '')}
        process.stdout.write(String(draw()))
      })`
    // The refill reads, and then each draw: its third and fifth read are the first one's again.
    const fresh = await runNode(`${draws('10')}; report(draw())`)
    expect(fresh).toBe(3)
    const copies = await withSnapshot(code, async (_, start) => [await start(), await start()])
    expect(copies.map(({ stdout }) => Number(stdout))).toEqual([fresh, fresh])
  })
})

describe.skipIf(process.platform !== 'linux')('a device that gives few bytes at a time', () => {
  it.for([
    [1, 4 * 48 + 16],
    [5, 4 * 10 + 4],
  ] as const)('%i, from the first read on: results are whole', async ([most, reads], ctx) => {
    if (most === 1) slow(ctx)
    const program = `${ATTEMPT}
      const drawn = attempts()
      const reads = kernelReads.count
      process.env.FAULTY_DEVICE = ''
      report({ drawn, reads, healed: attempts(), more: kernelReads.count - reads })`
    const flags = ['--require', KERNEL_READS]
    const env = { ...faultyDevice(ctx), FAULTY_DEVICE: `short ${most}` }
    // The refill's 48 bytes, 16 for the first draw, and three seeds of 48 for the others.
    const filled = { drawn: ALL_FILLED, healed: ALL_FILLED, more: 4 }
    expect(await runNode(program, { flags, env })).toEqual({ ...filled, reads })
    expect(await runNode(program, { flags }), 'the control: without the library').toEqual({ ...filled, reads: 5 })
  })
})
