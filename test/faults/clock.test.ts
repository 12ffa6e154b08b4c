/** The wall clock set back and forward by hours, in a running process: a library in front of libc plays it. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { library } from '../support/compiled.ts'
import { runNode } from '../support/node-child.ts'

const KERNEL_READS = fileURLToPath(new URL('../support/kernel-reads.cjs', import.meta.url))
const HOURS = [0, -5, -5, 0, 9, 9, -100_000, 0]

/** maxAge is half an hour: no step of these that is shorter than an hour could be told from a slow machine. */
const PROGRAM = `
  import { createRandom, random } from 'atfork'
  const aged = createRandom({ maxAge: 30 * 60_000 })
  const drawn = []
  const readsOf = (generator) => {
    const before = kernelReads.count
    drawn.push(Buffer.from(generator(16)).toString('hex'))
    return kernelReads.count - before
  }
  random(16)
  const ids = []
  const start = Date.now()
  const steps = [undefined, ...${JSON.stringify(HOURS)}].map((hours) => {
    if (hours !== undefined) process.env.FALSE_CLOCK = String(hours * 3600)
    const clock = Math.round((Date.now() - start) / 3_600_000)
    for (let i = 0; i < 100; i++) ids.push(random.uuidv7())
    return { clock, aged: readsOf(aged), fresh: readsOf(random) }
  })
  const ascending = ids.every((id, i) => i === 0 || id > ids[i - 1])
  report({ steps, ascending, distinct: new Set(drawn).size === drawn.length })`

it.skipIf(process.platform !== 'linux')(
  'kernel entropy counts as old at each step of the clock, back or forward; ids of version 7 ascend all the same',
  async (ctx) =>
    inFolder(async (folder) => {
      const flags = ['--require', KERNEL_READS]
      const set = await runNode(PROGRAM, { flags, env: { LD_PRELOAD: library(ctx, folder, 'false-clock.c') } })
      const step = (hours: number, aged: number): object => ({ clock: hours, aged, fresh: 1 })
      const refilled = HOURS.map((hours, i) => (i === 0 || hours === HOURS[i - 1] ? 0 : 1))
      const steps = [step(0, 1), ...HOURS.map((hours, i) => step(hours, refilled[i] as number))]
      expect(set).toEqual({ steps, ascending: true, distinct: true })
      const still = [step(0, 1), ...HOURS.map(() => step(0, 0))]
      expect(await runNode(PROGRAM, { flags }), 'the control: a clock that nobody sets').toMatchObject({ steps: still })
    }),
)

it('a Date.now() that gives what is no number: no draw fails after it, and ids of version 7 ascend', async () => {
  const odd = (clock: string): Promise<unknown> =>
    runNode(`
      import { createRandom, random } from 'atfork'
      const draw = (generator) => {
        try {
          return generator(16).length
        } catch ({ name }) {
          return name
        }
      }
      const { now } = Date
      const aged = createRandom({ maxAge: 10_000 })
      draw(aged)
      Date.now = () => (${clock})
      const ids = () => {
        try {
          return [random.uuidv7(), random.uuidv7()]
        } catch {
          return []
        }
      }
      for (const generator of [random, aged, aged]) draw(generator) // whatever comes of it
      const during = ids()
      Date.now = now
      const all = [...during, ...ids()]
      report([draw(random), draw(aged), draw(aged), all.length >= 2 && all.every((id, i) => i === 0 || id > all[i - 1])])`)
  for (const clock of ['5n', '10n ** 15n', 'Infinity', 'Symbol()', 'NaN', "'soon'", 'undefined', '{}', '1e300', '-1'])
    expect(await odd(clock), clock).toEqual([16, 16, 16, true])
})
