/** Who runs this code, and how a copy is told from the original: with a /proc/self/stat of our own making. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as Identity from '../../src/lifecycle/identity.ts'

let content: string | Error = ''
let open = 0
let opened: unknown[] = []
const fs = {
  openSync(...args: unknown[]): number {
    opened = args
    if (content instanceof Error && content.message === 'open') throw content
    open++
    return 7
  },
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
    expect([fd, offset, length, position]).toEqual([7, 0, buffer.length, 0])
    if (content instanceof Error) throw content
    // What an earlier, longer content would leave behind this one.
    return Buffer.from(buffer.buffer).fill(')').write(`${content}9`, 'latin1') - 1
  },
  closeSync(fd: number): void {
    expect(fd).toBe(7)
    open--
  },
}

/** proc(5): pid, command, state, parent, 17 more, start time, more. */
const stat = (pid: unknown, start: unknown, { command = 'node', parent = 1 } = {}): string =>
  `${pid} (${command}) S ${parent} ${'4 '.repeat(17)}${start} 5 6\n`

interface Surroundings {
  process?: unknown
  modules?: Record<string, unknown>
  building?: boolean
}

const thread = { isMainThread: false, threadId: 3 }
const LINUX = { platform: 'linux', pid: 99, ppid: 98 }

/** The module as it is in a runtime of our own making. */
async function within({
  process = LINUX,
  modules = { fs },
  building = false,
}: Surroundings = {}): Promise<typeof Identity> {
  vi.doMock('../../src/builtins.ts', () => ({ builtin: (name: string) => modules[name] }))
  vi.doMock('../../src/startup-snapshot.ts', () => ({ buildingSnapshot: () => building }))
  vi.stubGlobal('process', process)
  try {
    const identity = await import('../../src/lifecycle/identity.ts')
    const { exchangeProcess } = await import('../../src/lifecycle/record.ts')
    if (!building) exchangeProcess(0n)
    return identity
  } finally {
    vi.unstubAllGlobals()
  }
}

beforeEach(() => {
  vi.resetModules()
  content = stat(12, 345)
})
afterEach(() => {
  vi.doUnmock('../../src/builtins.ts')
  vi.doUnmock('../../src/startup-snapshot.ts')
  expect(open, 'descriptors left open').toBe(0)
})

const numbers = (identity: typeof Identity): number[] => [...new Float64Array(identity.identity().buffer)]

test.each(['node', 'a b', '(x) S 1', ') ) )', '', '7 7 7 7 7 7', 'caf\xe9'])(
  'pid and start time are read whatever the command is: %o',
  async (command) => {
    const identity = await within()
    content = stat(4194304, 2 ** 42 - 1, { command })
    identity.noticeCopy()
    expect(opened).toEqual(['/proc/self/stat', 'r'])
    expect(identity.detection()).toBe('on')
    expect(identity.forkEvent('fork').pid).toBe(4194304)
    expect(numbers(identity).slice(0, 2)).toEqual([4194304, 2 ** 42 - 1])
  },
)

test('nothing is read behind the end', async () => {
  const identity = await within()
  content = stat(12, 345).replace(/ 5 6\n$/, '')
  identity.noticeCopy()
  expect(numbers(identity).slice(0, 2)).toEqual([12, 345])
})

test('another start time is a clone, another pid too a fork; another parent is nothing', async () => {
  const { noticeCopy } = await within()
  const look = (...args: Parameters<typeof stat>): unknown => {
    content = stat(...args)
    return noticeCopy()
  }
  expect(look(12, 345), 'the first look').toBe(undefined)
  expect(look(12, 345)).toBe(undefined)
  expect(look(12, 345, { parent: 2 })).toBe(undefined)
  expect(look(12, 346)).toBe('clone')
  expect(look(12, 346)).toBe(undefined)
  expect(look(13, 347)).toBe('fork')
  expect(look(14, 347)).toBe('fork')
  expect(look(14, 347)).toBe(undefined)
})

test('who builds a snapshot is not remembered', async () => {
  const { exchangeProcess } = await import('../../src/lifecycle/record.ts')
  const builder = await within({ building: true, modules: { fs, worker_threads: thread } })
  exchangeProcess(0n)
  content = stat(11, 345)
  expect(builder.noticeCopy()).toBe(undefined)
  content = stat(12, 346)
  expect(builder.noticeCopy()).toBe(undefined)
  expect(exchangeProcess(0n)).toBe(0n)
  expect(builder.locate(), 'a warning would be printed').toBe(undefined)
  expect(builder.forkEvent('manual').threadId).toBe(0)
})

test.each<[what: string, content: string | Error]>([
  ['cannot be opened', new Error('open')],
  ['cannot be read', new Error('read')],
  ['is empty', ''],
  ['has no number', stat('x', 345)],
  ['begins with a space', ` ${stat(12, 345)}`],
  ['has no start time', stat(12, 'x')],
  ['has a start time beyond 2^53', stat(12, 2 ** 53)],
  ['has a pid beyond 2^53', stat(2 ** 53, 345)],
  ['is cut off', stat(12, 345).slice(0, 30)],
  ['has no parenthesis', stat(12, 345).replace(')', '')],
])('where the file %s, detection is off, and goes on when it can be read', async (_what, unreadable) => {
  const identity = await within()
  content = unreadable
  expect(identity.noticeCopy()).toBe(undefined)
  expect(identity.detection()).toBe(
    'off: /proc/self/stat cannot be read, so that only snapshots and calls of atfork() are heard of',
  )
  expect(identity.forkEvent('manual').pid).toBe(99)
  expect(numbers(identity).slice(0, 3)).toEqual([99, 0, 98])
  content = stat(12, 345)
  expect(identity.noticeCopy()).toBe(undefined)
  expect(identity.detection()).toBe('on')
})

test.each<[what: string, surroundings: Surroundings, pid: number]>([
  ['another system', { process: { ...LINUX, platform: 'darwin' } }, 99],
  ['no node:fs', { modules: {} }, 99],
  ['no openSync', { modules: { fs: { ...fs, openSync: undefined } } }, 99],
  ['no readSync', { modules: { fs: { ...fs, readSync: undefined } } }, 99],
  ['no closeSync', { modules: { fs: { ...fs, closeSync: undefined } } }, 99],
  ['a process without a pid', { process: {}, modules: {} }, 0],
  ['no process', { process: null, modules: {} }, 0],
])('%s: nothing is opened, and detection is off', async (_what, surroundings, pid) => {
  opened = []
  const identity = await within(surroundings)
  expect(identity.noticeCopy()).toBe(undefined)
  expect(identity.detection()).toMatch(/^off: /)
  expect(opened).toEqual([])
  expect(identity.locate()).toBe(undefined)
  expect(identity.forkEvent('manual')).toEqual({ kind: 'manual', generation: expect.any(Number), pid, threadId: 0 })
  expect(numbers(identity).slice(0, 5)).toEqual([pid, 0, pid === 0 ? 0 : 98, 0, 0])
})

const connected = { ...LINUX, send: () => true }
const main = { isMainThread: true, threadId: 0 }
const cluster = { worker: { id: 5 } }

test.each<[what: string, surroundings: Surroundings, kind: unknown, event: object]>([
  ['the first process', { modules: { worker_threads: main, cluster: {} } }, undefined, { threadId: 0 }],
  ['a process that may be a primary', { modules: { worker_threads: main, cluster } }, undefined, { threadId: 0 }],
  ['a forked child', { process: connected, modules: { worker_threads: main, cluster: {} } }, 'process', {}],
  ['one without node:cluster', { process: connected, modules: {} }, 'process', {}],
  ['a worker', { process: connected, modules: { worker_threads: main, cluster } }, 'cluster', { workerId: 5 }],
  ['a thread', { modules: { worker_threads: thread } }, 'thread', { threadId: 3 }],
  [
    "a worker's thread",
    { process: connected, modules: { worker_threads: thread, cluster } },
    'thread',
    { threadId: 3, workerId: 5 },
  ],
])('%s is known as what it is', async (_what, surroundings, kind, event) => {
  const identity = await within(surroundings)
  expect(identity.locate()).toBe(kind)
  const told = { kind: 'manual', generation: expect.any(Number), pid: 99, threadId: 0, ...event }
  expect(identity.forkEvent('manual')).toStrictEqual(told)
  const { threadId, workerId = 0 } = told as { threadId: number; workerId?: number }
  expect(numbers(identity).slice(3, 5)).toEqual([threadId, workerId])
})

test('the identity holds the generation and all clocks, as they were at import', async () => {
  vi.stubGlobal('Date', { now: () => 1_700_000_000_123 })
  vi.stubGlobal('performance', { now: () => 4.5, timeOrigin: 1_600_000_000_000.25 })
  const hrtime = { bigint: () => 2n ** 60n + 1n }
  const identity = await within({ process: { ...LINUX, hrtime } })
  const { generation } = await import('../../src/lifecycle/record.ts')
  identity.noticeCopy()
  const bytes = identity.identity()
  expect([...new Float64Array(bytes.buffer, 0, 9)]).toEqual([
    12,
    345,
    98,
    0,
    0,
    generation(),
    1_700_000_000_123,
    1_600_000_000_000.25,
    4.5,
  ])
  expect([...new BigInt64Array(bytes.buffer, 72)]).toEqual([2n ** 60n + 1n])
  expect(numbers(await within({ process: LINUX }))).toHaveLength(10)
})
