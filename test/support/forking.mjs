// A process that can fork(2), for test/clone/fork.test.ts and children.ts: `forking.mjs addon folder scenario options`.
// Each process of a scenario writes what it saw as JSON into the folder.
import { randomBytes } from 'node:crypto'
import { readSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as lib from 'atfork'

const { atfork, createRandom, random, seeded } = lib
const AsyncFunction = (async () => {}).constructor
const [addon, folder, scenario, options] = process.argv.slice(2)
const native = createRequire(import.meta.url)(addon)
const BARRIER = 3

const report = (name, seen) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(seen))
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const times = (count, draw) => Array.from({ length: count }, draw)
const drawAll = (stream, sizes) => sizes.map((size) => hex(stream(size)))

/** What the package's record says: the table of src/lifecycle/record.ts. */
const record = globalThis[Symbol.for('atfork:1')]
const generation = () => record.shared.table[0]

/** Waits until all processes are there. */
function arrive() {
  writeFileSync(BARRIER, '.')
  readSync(BARRIER, new Uint8Array(1))
}

/** Forks, and runs `main` in the child, which ends with it. */
async function fork(main) {
  const pid = native.fork()
  if (pid !== 0) return pid
  try {
    await main()
  } catch (error) {
    console.error(error)
    native.exit(1)
  }
  native.exit(0)
}

/** The same for a child that must not outlive its parent. */
const forkChild = (main) =>
  fork(() => {
    native.dieWithParent()
    return main()
  })

function wait(pids) {
  for (const pid of pids) if (native.wait(pid) !== 0) throw new Error(`process ${pid} failed`)
}

const scenarios = {
  /** Garbage, timers and libuv's threads: what any program may use, before it is copied and after. */
  async runsOn({ children }) {
    const work = async () => {
      let kept = 0
      for (let round = 0; round < 200; round++) kept += times(10_000, (_, value) => ({ value })).length
      await sleep(1)
      return { kept, bytes: (await promisify(randomBytes)(8)).length }
    }
    await work()
    const pids = []
    for (let child = 0; child < children; child++)
      pids.push(await forkChild(async () => report(`child-${child}`, await work())))
    wait(pids)
  },

  /** A parent, its children, and a child of each: all draw once all exist; with `used`, before they fork, too. */
  async tree({ children, sizes, used, seed }) {
    const control = seeded(seed)
    const ids = () => [
      random.uuid(),
      random.uuidv7(),
      random.string(21),
      String(random.bigint(2n ** 128n)),
      String(random.int(2 ** 53 - 1)),
      String(random.ints(4, 2 ** 40)),
      String(random.shuffle(times(60, (_, i) => i))),
    ]
    const draw = () => ({
      generation: generation(),
      blobs: drawAll(random, sizes),
      ids: ids(),
    })
    const last = (before) => ({
      before,
      after: draw(),
      control: hex(control(1024)),
      cached: times(8, () => crypto.randomUUID()),
    })
    const early = () => (used ? draw() : undefined)

    const before = early()
    crypto.randomUUID()
    const pids = []
    for (let child = 0; child < children; child++) {
      const main = async () => {
        const before = early()
        const grandchild = await forkChild(() => {
          arrive()
          report(`grandchild-${child}`, last())
        })
        arrive()
        report(`child-${child}`, last(before))
        wait([grandchild])
      }
      pids.push(await forkChild(main))
    }
    arrive()
    report('parent', last(before))
    wait(pids)
  },

  /** When a fork is noticed, and how. */
  async notice() {
    const strict = createRandom({ onFork: 'throw' })
    const attempt = () => {
      try {
        return hex(strict(16))
      } catch (error) {
        return `${error.name} ${error.code}`
      }
    }
    const events = []
    record.listeners.push((event) => events.push(event))
    random(16)
    strict(16)
    const atRefill = async () => {
      const before = generation()
      random(16)
      const undetected = generation() - before
      times(129, () => random(256)) // more than a pool
      const within = events.length
      await undefined // hooks run as a microtask
      report('refill', { undetected, within, events, bumps: generation() - before, parentPid: process.pid })
    }
    const atDraw = async () => {
      const refused = [attempt(), attempt()]
      strict.reseed()
      const reseeded = [attempt(), attempt()]
      await undefined
      report('throw', { refused, reseeded, events })
    }
    wait([await forkChild(atRefill), await forkChild(atDraw)])
    report('parent', { drawn: attempt(), events })
  },

  /** A process whose parent ends was not copied by that. One that is forked then was. */
  async orphan() {
    const strict = createRandom({ onFork: 'throw' })
    strict(16)
    const orphan = async () => {
      strict.reseed()
      const before = generation()
      const parent = process.ppid
      arrive()
      const pause = new Int32Array(new SharedArrayBuffer(4))
      for (let tries = 0; process.ppid === parent && tries < 1000; tries++) Atomics.wait(pause, 0, 0, 10)
      const reparented = process.ppid !== parent
      strict(16)
      times(129, () => random(256))
      const bumps = generation() - before
      const name = () => {
        try {
          return strict(16).length
        } catch (error) {
          return error.name
        }
      }
      wait([await forkChild(() => report('forked', { drawn: name() }))])
      report('orphan', { reparented, bumps, drawn: name() })
    }
    wait([
      await forkChild(async () => {
        await fork(orphan)
        arrive()
      }),
    ])
  },

  /** What is shared within maxAge, and what ends it. */
  async maxAge({ sizes }) {
    const aged = createRandom({ maxAge: 2 ** 31 - 1 }) // no fork takes so long
    const draw = () => ({ aged: drawAll(aged, sizes), fresh: drawAll(random, sizes) })
    draw()
    const pids = []
    for (const name of ['first', 'second'])
      pids.push(
        await forkChild(() => {
          arrive()
          const before = draw()
          atfork()
          report(name, { before, after: draw() })
        }),
      )
    arrive()
    report('parent', { before: draw() })
    wait(pids)
  },

  /** What children.ts asks: `before` runs in the parent; `after`, with what that returned, in two copies and the parent. */
  async code({ before, after }) {
    const kept = new Function('lib', before)(lib)
    const answer = async (name) => report(name, await new AsyncFunction('lib', 'kept', after)(lib, kept))
    for (const name of ['first', 'second']) wait([await forkChild(() => answer(name))])
    await answer('parent')
  },
}

native.dieWithParent()
await scenarios[scenario](JSON.parse(options))
