/** What must and must not be in a V8 startup snapshot, and what happens in a process started from it. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { slow } from '../support/slow.ts'
import { withSnapshot } from '../support/snapshot.ts'

const PRELUDE = `
  import fs from 'node:fs'
  import v8 from 'node:v8'
  import crypto from 'node:crypto'
  import { atfork, createRandom, ForkError, random, seeded } from 'atfork'
  const { startupSnapshot } = v8
  const print = (value) => fs.writeSync(1, JSON.stringify(value) + '\\n')
  const urandoms = () => fs.readdirSync('/proc/self/fd').filter((fd) => {
    try { return fs.readlinkSync('/proc/self/fd/' + fd) === '/dev/urandom' } catch { return false }
  }).length
`
const parse = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('a serialise callback registered after ours may draw: nothing is printed, no descriptor is left, copies differ', async () => {
  await withSnapshot(
    `${PRELUDE}
    const control = seeded('control')
    random(16)
    print(['while building', urandoms()])
    startupSnapshot.addSerializeCallback(() => {
      random.uuid()
      createRandom().uuid()
      crypto.randomUUID()
      startupSnapshot.addSerializeCallback(() => print(['while serialising', urandoms()]))
    })
    startupSnapshot.setDeserializeMainFunction(() => {
      print([urandoms(), random.uuid(), random.uuid(), urandoms(), control.uuid()])
    })`,
    async (built, start) => {
      expect(built.stderr).toBe('')
      const linux = process.platform === 'linux'
      if (linux)
        expect(parse(built.stdout)).toEqual([
          ['while building', 1],
          ['while serialising', 0],
        ])
      const copies = await Promise.all([start(), start(), start(), start()])
      const drawn = copies.map(({ stdout, stderr }) => {
        expect(stderr).toBe('')
        return parse(stdout)[0] as [number, string, string, number, string]
      })
      if (linux) expect(drawn.map(([before, , , after]) => [before, after])).toEqual(drawn.map(() => [0, 1]))
      expect(new Set(drawn.flatMap(([, one, two]) => [one, two])).size).toBe(8)
      expect(new Set(drawn.map(([, , , , control]) => control)).size, 'the control').toBe(1)
    },
  )
})

test('a descriptor of that number in the copy is not taken for ours', async () => {
  await withSnapshot(
    `${PRELUDE}
    random(16)
    startupSnapshot.setDeserializeMainFunction(() => {
      // Fill the low numbers, the builder's among them, with a file of zeros.
      fs.writeFileSync('zeros', new Uint8Array(4096))
      const files = Array.from({ length: 40 }, () => fs.openSync('zeros', 'r'))
      const drawn = random(4096)
      print([drawn.filter((byte) => byte === 0).length < 100, files.every((fd) => fs.readSync(fd, new Uint8Array(4096)) === 4096)])
    })`,
    async (_, start) => expect(parse((await start()).stdout)).toEqual([[true, true]]),
  )
})

test('the copy is an event, once; threads work in it and hear of atfork()', async () => {
  await withSnapshot(
    `${PRELUDE}
    const strict = createRandom({ onFork: 'throw' })
    strict(16)
    const attempt = () => { try { strict(16); return 'drew' } catch (error) { return error.code } }
    startupSnapshot.setDeserializeMainFunction(() => {
      const answers = [attempt()]
      strict.reseed()
      random(40_000) // a refill, which looks for a fork
      answers.push(attempt())
      const { Worker } = process.getBuiltinModule('worker_threads')
      const worker = new Worker('require("worker_threads").parentPort.postMessage(require("worker_threads").getEnvironmentData("atfork:1") instanceof SharedArrayBuffer)', { eval: true })
      worker.on('message', (shared) => {
        atfork()
        print([...answers, shared, attempt()])
      })
    })`,
    async (_, start) => expect(parse((await start()).stdout)).toEqual([['ERR_FORKED', 'drew', true, 'ERR_FORKED']]),
  )
})

test('while it is built, without Atomics, atfork() and ascending ids work as ever, and the copies go on from there', async (ctx) => {
  slow(ctx)
  await withSnapshot(
    `import { postfork } from 'atfork'
    ${PRELUDE}
    const { shared } = globalThis[Symbol.for('atfork:1')]
    const mixed = () => shared.table.slice(6, 14).join()
    const events = []
    postfork(({ kind, generation }) => events.push([kind, generation]))
    const ids = [random.uuidv7(), random.uuidv7()]
    const mixes = [mixed(), atfork() ?? mixed(), atfork() ?? mixed()]
    ids.push(random.uuidv7())
    startupSnapshot.setDeserializeMainFunction(() => {
      ids.push(random.uuidv7())
      queueMicrotask(() => print({ atomics: typeof Atomics, events, ids, mixes }))
    })
    print({ atomics: typeof Atomics })`,
    async (built, start) => {
      // Node 20 has none then; later lines have it all the time.
      const before = process.versions.node.startsWith('20.') ? 'undefined' : 'object'
      expect(parse(built.stdout)).toEqual([{ atomics: before }])
      const [copy] = parse((await start()).stdout) as [
        { atomics: string; events: [string, number][]; ids: string[]; mixes: string[] },
      ]
      const [, [, last] = [], ...others] = copy.events
      expect(copy.atomics).toBe('object')
      expect(copy.events.map(([kind]) => kind)).toEqual(['manual', 'manual', 'snapshot'])
      expect(copy.events[0]?.[1]).toBe((last as number) - 1)
      expect(others[0]?.[1]).toBe((last as number) + 1)
      expect(copy.ids.toSorted()).toEqual(copy.ids)
      expect(new Set(copy.ids).size).toBe(4)
      expect(new Set(copy.mixes).size).toBe(3)
    },
  )
})

test('a seeded stream goes on where the builder left it', async () => {
  await withSnapshot(
    `${PRELUDE}
    const stream = seeded('x')
    stream(8)
    startupSnapshot.setDeserializeMainFunction(() => print([...stream(8)]))`,
    async (_, start) => {
      const { seeded } = await import('../../src/index.ts')
      expect(parse((await start()).stdout)).toEqual([[...seeded('x')(16).subarray(8)]])
    },
  )
})

test('what had been handed out is not in the snapshot, but where the application keeps it', async () => {
  await withSnapshot(
    `${PRELUDE}
    const planted = random.fill(new Uint8Array(4096))
    const own = random(4096)
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    print([hex(own), hex(planted)])
    own.fill(0) // Node 26 keeps garbage in its snapshots: what is found is then ours
    globalThis.planted = planted
    startupSnapshot.setDeserializeMainFunction(() => print([1]))`,
    async (built, _, folder) => {
      const [[handedOut, planted]] = parse(built.stdout) as [[string, string]]
      const blob = readFileSync(join(folder, 'app.blob'))
      const found = (hex: string): boolean => blob.includes(Buffer.from(hex, 'hex').subarray(0, 32))
      expect(found(planted), 'the control, a value that the application keeps').toBe(true)
      expect(found(handedOut)).toBe(false)
    },
  )
})

test('a preload by --import, which Node ignores there, is warned of; one by --require is not', async () => {
  await withSnapshot(
    `${PRELUDE}
    random(16)
    startupSnapshot.setDeserializeMainFunction(() => {})`,
    async (_, start, folder) => {
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(folder, 'node_modules/atfork'))
      const register = join(folder, 'node_modules/atfork/dist/register.js')
      const warning = async (...args: string[]) => /\[ATFORK_.*/.exec((await start(...args)).stderr)?.[0]
      expect(await warning(`--import=${register}`)).toContain('ATFORK_IMPORT_IGNORED')
      expect(await warning('--import', register)).toContain('Node ignores --import')
      expect(await warning('--require', register)).toBeUndefined()
      expect(await warning()).toBeUndefined()
    },
  )
})

test("a serialise callback of the application's that throws leaves nothing of ours in the snapshot", async () => {
  await withSnapshot(
    `${PRELUDE}
    startupSnapshot.addSerializeCallback(() => { throw new Error('of the application') })
    random(16)
    startupSnapshot.setDeserializeMainFunction(() => print([urandoms(), random.uuid()]))`,
    async (built, start) => {
      expect(built.stderr).toContain('of the application')
      // From Node 22 on such a snapshot does not start at all: V8 finds it invalid.
      const starts = await Promise.allSettled([start(), start()])
      const copies = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      if (process.version.startsWith('v20.')) expect(copies.length).toBe(2)
      const drawn = copies.map(({ stdout }) => parse(stdout)[0] as [number, string])
      if (process.platform === 'linux') expect(drawn.filter(([open]) => open !== 0)).toEqual([])
      expect(new Set(drawn.map(([, id]) => id)).size).toBe(copies.length)
    },
  )
})
