/**
 * A server under load whose workers are killed and replaced all the time: no answer repeats a UUID, and no request is
 * refused. 2 s of it; with ATFORK_REQUIRE_ALL=1 10 s and 200,000 answers.
 */
import { beforeEach, expect, test } from 'vitest'
import { slow } from '../support/slow.ts'
import { checkFit, tally } from '../support/statistics.ts'

beforeEach(slow)

/** What load-driver.mjs exports, which is plain JavaScript. */
interface Driver {
  startServer(generator: string, options: { kill: boolean }): Promise<Server>
  drive(
    port: number,
    options: { done: () => boolean; onAnswer: (status: number, body: string) => void },
  ): Promise<{ errors: number }>
}
interface Server {
  port: number
  killed: number[]
  failures: string[]
  stop(): Promise<unknown>
}
const driver: Promise<Driver> = import(new URL('load-driver.mjs', import.meta.url).href)

/** When a load is over: on a slow machine later than after `seconds`, so that there is always something to judge. */
interface Plan {
  seconds: number
  answers: number
  /** How many of the workers that came later have answered. */
  replaced: number
}
const QUICK: Plan = { seconds: 2, answers: 2_000, replaced: 1 }
const FULL: Plan = { seconds: 10, answers: 200_000, replaced: 5 }
/** Hangs only. */
const TIMEOUT = 650_000

const FIRST_WORKERS = 4
const SIDES = 6
const ANSWER =
  /^\{"uuid":"([\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12})","int":(\d),"worker":(\d+)\}$/

interface Result {
  uuids: string[]
  ints: number[]
  /** Who answered, by the number that cluster gives them. */
  workers: Set<number>
  /** Answers that are none: another status, or another body. */
  refusals: string[]
  /** Connections that broke or were never served. A kill does that. */
  broken: number
  killed: number[]
  /** An end of the server, which a worker that ends by itself brings about. */
  failures: string[]
}

const later = (workers: Set<number>): number[] => [...workers].filter((id) => id > FIRST_WORKERS)

async function load(generator: string, plan: Plan): Promise<Result> {
  const { startServer, drive } = await driver
  const { port, killed, failures, stop } = await startServer(generator, { kill: true })
  const uuids: string[] = []
  const ints: number[] = []
  const workers = new Set<number>()
  const refusals: string[] = []
  const end = performance.now() + plan.seconds * 1000
  const done = (): boolean =>
    failures.length + refusals.length > 0 ||
    (performance.now() >= end && uuids.length >= plan.answers && later(workers).length >= plan.replaced)
  const onAnswer = (status: number, body: string): void => {
    const [, uuid, int, worker] = (status === 200 && ANSWER.exec(body)) || []
    if (uuid === undefined) {
      refusals.push(`${status} ${body}`)
      return
    }
    uuids.push(uuid)
    ints.push(Number(int))
    workers.add(Number(worker))
  }
  try {
    const { errors } = await drive(port, { done, onAnswer })
    return { uuids, ints, workers, refusals, broken: errors, killed, failures }
  } finally {
    await stop()
  }
}

const repeats = (values: readonly string[]): number => values.length - new Set(values).size

test('random: all UUIDs that were answered are distinct, and no request is refused', { timeout: TIMEOUT }, async () => {
  const plan = process.env.ATFORK_REQUIRE_ALL === '1' ? FULL : QUICK
  const { uuids, ints, workers, refusals, broken, killed, failures } = await load('random', plan)
  console.log(
    `${uuids.length} answers of ${workers.size} workers, ${killed.length} kills, ${broken} connections broke or hung`,
  )
  expect(failures).toEqual([])
  expect(refusals.slice(0, 10)).toEqual([])
  expect(uuids.length).toBeGreaterThanOrEqual(plan.answers)
  expect(killed.length, 'kills').toBeGreaterThanOrEqual(plan.replaced)
  expect(later(workers).length, 'workers that came later and answered').toBeGreaterThanOrEqual(plan.replaced)
  expect(repeats(uuids)).toBe(0)
  checkFit(tally(SIDES, ints))
  const wrong = ints.map((int) => int % (SIDES - 1))
  expect(() => checkFit(tally(SIDES, wrong))).toThrow('divergence') // the control: a die with a wrong side
})

test('the control: workers that share a seed repeat, under the same load', { timeout: TIMEOUT }, async () => {
  const { uuids, refusals, failures } = await load('seeded', QUICK)
  expect([failures, refusals.slice(0, 10)]).toEqual([[], []])
  expect(repeats(uuids)).toBeGreaterThan(0)
})
