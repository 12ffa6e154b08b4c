/** A file laid out like the device's page, written as a hypervisor writes it. */
import { execFileSync } from 'node:child_process'
import fs, { unlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { atfork } from 'atfork'
import { beforeEach, expect, test, vi } from 'vitest'
import { generation, isolate } from '../../src/lifecycle/record.ts'
import { onVmClock, type VmClockTrigger } from '../../src/triggers.ts'
import { inFolder } from '../support/clone.ts'
import { missing } from '../support/slow.ts'
import { type Page, vmClockPage, writeVmClockPage } from '../support/vmclock-page.ts'

// It does all that atfork() does, and keeps what it was called with.
vi.mock('atfork', async (original) => {
  const real = await original<typeof import('atfork')>()
  return { ...real, atfork: vi.fn(real.atfork) }
})

/** The counters that atfork() was given. */
const counters = (): bigint[] =>
  vi.mocked(atfork).mock.calls.map(([extra]) => {
    expect(extra).toHaveLength(8)
    return Buffer.from(extra as Uint8Array).readBigUInt64LE()
  })
beforeEach(() => {
  vi.mocked(atfork).mockClear()
})

/** How often the page has been looked at: each look opens it once. */
function countLooks(path: string): { looks: number } & Disposable {
  const real = fs.openSync
  const counted = {
    looks: 0,
    [Symbol.dispose]() {
      fs.openSync = real
      syncBuiltinESMExports()
    },
  }
  fs.openSync = (file, ...rest) => {
    if (file === path) counted.looks++
    return real(file, ...rest)
  }
  syncBuiltinESMExports()
  return counted
}

/** Whether this process has the file open; where there is no /proc, nobody can say. */
const held = (path: string): boolean =>
  fs.existsSync('/proc/self/fd') &&
  fs.readdirSync('/proc/self/fd').some((fd) => {
    const link = `/proc/self/fd/${fd}`
    return fs.existsSync(link) && fs.readlinkSync(link) === path
  })

/** Of the reads in one look: the page, between two of its count. */
const COUNT_BYTES = 4
const PAGE_BYTES = 112

/** Calls `between` before each read of so many bytes, so that it happens between the reads of one look. */
function beforeEachRead(between: (length: unknown) => void): Disposable {
  const real = fs.readSync as (...args: unknown[]) => number
  fs.readSync = (...args: unknown[]) => {
    between(args[3])
    return real(...args)
  }
  syncBuiltinESMExports()
  return {
    [Symbol.dispose]() {
      fs.readSync = real as typeof fs.readSync
      syncBuiltinESMExports()
    },
  }
}

interface Watched {
  trigger: VmClockTrigger
  file: string
  write: (page: Page) => void
  /** Waits until the page has been looked at several times more. */
  looked: () => Promise<void>
}

/** Watches a page that begins as `first` while `use` runs. */
const watched = (first: Page, use: (watched: Watched) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const file = join(folder, 'vmclock0')
    writeFileSync(file, vmClockPage(first))
    using counted = countLooks(file)
    using trigger = onVmClock(file, { interval: 2 })
    const looked = (): Promise<void> => {
      const enough = counted.looks + 3
      return vi.waitFor(() => expect(counted.looks).toBeGreaterThanOrEqual(enough), { timeout: 30_000, interval: 2 })
    }
    await use({ trigger, file, write: (page) => writeVmClockPage(file, page), looked })
  })

test('a counter that changes is one atfork() with its 8 bytes; all else that changes is none', () =>
  watched({ generation: 7n }, async ({ trigger, file, write, looked }) => {
    expect([trigger.state, trigger.reason]).toEqual(['watching', undefined])
    const before = generation()
    await looked()
    write({ seqCount: 4, flags: 0x1ffn, generation: 7n })
    await looked()
    expect([counters(), generation()]).toEqual([[], before])
    write({ seqCount: 6, generation: 8n })
    await looked()
    write({ seqCount: 8, generation: 2n ** 63n + 5n })
    await looked()
    write({ seqCount: 10, generation: 7n }) // back to a saved state
    await looked()
    expect([counters(), generation()]).toEqual([[8n, 2n ** 63n + 5n, 7n], before + 3])
    expect(held(file)).toBe(false)
    const control = fs.openSync(file, 'r')
    expect(held(file)).toBe(fs.existsSync('/proc/self/fd'))
    fs.closeSync(control)
  }))

test('where there is no device, nobody looks again', () =>
  watched({}, async ({ file, looked }) => {
    const absent = `${file}.absent`
    using counted = countLooks(absent)
    using _ = onVmClock(absent, { interval: 2 })
    await looked()
    await looked()
    expect(counted.looks).toBe(1)
  }))

test('a page that is being written (odd count) is left to the next look', () =>
  watched({ generation: 7n }, async ({ trigger, write, looked }) => {
    write({ seqCount: 3, generation: 0xdeadn })
    await looked()
    expect([counters(), trigger.state]).toEqual([[], 'watching'])
    write({ seqCount: 4, generation: 8n })
    await looked()
    expect(counters()).toEqual([8n])
  }))

test('a page that is written between the reads of a look is read again, and never taken by half', () =>
  watched({ generation: 7n }, async ({ write, looked }) => {
    // The old page's count; then the page, half of it new; then the new count.
    let steps = 0
    {
      using _ = beforeEachRead((length) => {
        if (length === PAGE_BYTES && steps++ === 0) write({ seqCount: 2, generation: 0xdeadn })
        else if (length === COUNT_BYTES && steps === 1) write({ seqCount: 4, generation: 8n })
      })
      await looked()
    }
    expect(steps).toBeGreaterThan(1)
    expect(counters()).toEqual([8n])
  }))

test('a count that never stands still ends a look, not the process', () =>
  watched({ generation: 7n }, async ({ trigger, write, looked }) => {
    let seqCount = 2
    const writeNext = (generation: bigint): void => {
      seqCount += 2
      write({ seqCount, generation })
    }
    {
      using _ = beforeEachRead((length) => {
        if (length === COUNT_BYTES) writeNext(0xdeadn)
      })
      await looked()
      expect([counters(), trigger.state]).toEqual([[], 'watching'])
    }
    writeNext(8n)
    await looked()
    expect(counters()).toEqual([8n])
  }))

test('if the first look cannot know the counter, the first one that is known counts as a change', () =>
  watched({ seqCount: 3, generation: 7n }, async ({ trigger, write, looked }) => {
    expect(trigger.state).toBe('watching')
    write({ seqCount: 4, generation: 7n })
    await looked()
    expect(counters()).toEqual([7n])
  }))

test('a page that goes away and comes back is looked at on', () =>
  watched({ generation: 7n }, async ({ trigger, file, looked }) => {
    unlinkSync(file)
    await looked()
    expect([trigger.state, counters()]).toEqual(['absent', []])
    writeFileSync(file, vmClockPage({ generation: 7n }))
    await looked()
    expect([trigger.state, trigger.reason, counters()]).toEqual(['watching', undefined, []])
    unlinkSync(file)
    writeFileSync(file, vmClockPage({ generation: 8n }))
    await looked()
    expect(counters()).toContain(8n)
  }))

test('a page that cannot be read is said to be so, and looked at on', (ctx) => {
  const file = '/proc/self/mem' // nothing is mapped at its beginning: EIO
  if (!fs.existsSync(file)) return missing(ctx, `there is no ${file}: run it on Linux`)
  using trigger = onVmClock(file, { interval: 1000 })
  expect([trigger.state, trigger.reason]).toEqual(['unreadable', expect.stringMatching(/^E(IO|ACCES|PERM): /)])
  expect(counters()).toEqual([])
})

/** Two ways to dispose of a trigger. */
const DISPOSALS: [by: string, dispose: (watched: Watched) => Promise<void>][] = [
  [
    'by hand, twice',
    async ({ trigger }) => {
      trigger[Symbol.dispose]()
      trigger[Symbol.dispose]()
    },
  ],
  [
    'by a listener, in the middle of a look',
    async ({ trigger, write }) => {
      isolate.listeners.push(() => trigger[Symbol.dispose]())
      write({ seqCount: 6, generation: 6n })
      await vi.waitFor(() => expect(counters()).toEqual([6n]), { timeout: 30_000 })
      isolate.listeners.length = 0
      vi.mocked(atfork).mockClear()
    },
  ],
]

test.each(DISPOSALS)('disposed %s, it looks no more', (_, dispose) =>
  watched({ generation: 7n }, async (first) => {
    await dispose(first)
    using later = countLooks(first.file)
    first.write({ seqCount: 8, generation: 8n })
    later.looks = 0
    await inFolder(async (folder) => {
      // Another trigger's looks show that there was time enough.
      const second = join(folder, 'second')
      writeFileSync(second, vmClockPage({}))
      using _ = onVmClock(second, { interval: 2 })
      for (const generation of [9n, 10n, 11n]) {
        writeVmClockPage(second, { seqCount: 4, generation })
        await vi.waitFor(() => expect(counters()).toContain(generation), { timeout: 30_000 })
      }
    })
    expect([later.looks, counters()]).toEqual([0, [9n, 10n, 11n]])
  }),
)

test.each<[string, string, RegExp, (file: string) => void]>([
  ['absent', 'nothing', /ENOENT/, () => {}],
  [
    'not a VMClock',
    'another magic',
    /does not begin/,
    (file) => writeFileSync(file, vmClockPage({ magic: 0x4b4c4357 })),
  ],
  ['not a VMClock', 'an empty file', /does not begin/, (file) => writeFileSync(file, '')],
  ['not a VMClock', 'a short page', /does not begin/, (file) => writeFileSync(file, vmClockPage({}).subarray(0, 111))],
  ['not a VMClock', 'a FIFO', /ESPIPE/, (file) => void execFileSync('mkfifo', [file])],
  ['not a VMClock', 'a folder', /EISDIR/, (file) => fs.mkdirSync(file)],
  ['unreadable', 'a loop of links', /ELOOP/, (file) => fs.symlinkSync(file, file)],
  ['no generation counter', 'no flag', /keeps no/, (file) => writeFileSync(file, vmClockPage({ flags: 0x2ffn }))],
])('%s: %s', (state, _, reason, make) =>
  inFolder(async (folder) => {
    const file = join(folder, 'vmclock0')
    make(file)
    using trigger = onVmClock(file)
    expect(trigger.state).toBe(state)
    expect(trigger.reason).toMatch(reason)
    expect(counters()).toEqual([])
  }),
)

test.each([
  [7, undefined, '"path" expected a string, got 7'],
  ['', undefined, '"path" expected a path, got a string of length 0'],
  ['x', { interval: 0.5 }, '"interval" expected an integer from 1 to 2147483647, got 0.5'],
])('onVmClock(%j, %j) is refused', (path, options, message) => {
  expect(() => onVmClock(path as string, options)).toThrow(message)
})
