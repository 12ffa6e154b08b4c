/** Real files that change in all the ways in which a platform may change them. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { atfork } from 'atfork'
import { beforeEach, expect, test, vi } from 'vitest'
import { generation } from '../../src/lifecycle/record.ts'
import { onFileChange } from '../../src/triggers.ts'
import { inFolder } from '../support/clone.ts'

// It does all that atfork() does, and keeps what it was called with.
vi.mock('atfork', async (original) => {
  const real = await original<typeof import('atfork')>()
  return { ...real, atfork: vi.fn(real.atfork) }
})

const text = (extra?: Uint8Array): string | undefined =>
  extra === undefined ? undefined : Buffer.from(extra).toString()
const extras = (): (string | undefined)[] => vi.mocked(atfork).mock.calls.map(([extra]) => text(extra))
beforeEach(() => {
  vi.mocked(atfork).mockClear()
})

/** Waits for an atfork() with this text; undefined stands for one without bytes. */
const heard = (last: string | undefined): Promise<void> =>
  vi.waitFor(
    () => {
      expect(extras().length).toBeGreaterThan(0)
      expect(extras().at(-1)).toBe(last)
    },
    { timeout: 30_000, interval: 2 },
  )

/** Watches a file of this content (undefined: none yet) while `use` runs. */
const watched = (before: string | undefined, use: (file: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const file = join(folder, 'generation')
    if (before !== undefined) writeFileSync(file, before)
    const trigger = onFileChange(file, { interval: 5 })
    try {
      await use(file)
    } finally {
      trigger[Symbol.dispose]()
    }
  })

/** Replaces the file by another one of this content, in one step. */
function renameOver(file: string, content: string): void {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

test('a file that is renamed over is one atfork() with its content', () =>
  watched('one', async (file) => {
    const before = generation()
    for (const [i, content] of ['two', 'three', 'three'].entries()) {
      renameOver(file, content)
      await vi.waitFor(() => expect(extras()).toHaveLength(i + 1), { timeout: 30_000, interval: 2 })
    }
    expect(extras()).toEqual(['two', 'three', 'three'])
    expect(generation()).toBe(before + 3)
  }))

test('a file that does not change is no event, however often it is looked at', () =>
  watched('the same', () =>
    watched('one', async (file) => {
      for (const content of ['two', 'three', 'four']) {
        renameOver(file, content)
        await heard(content)
      }
      expect(extras()).toEqual(['two', 'three', 'four'])
    }),
  ))

test('a change right after the call is not lost', () =>
  watched('one', async (file) => {
    renameOver(file, 'two')
    await heard('two')
  }))

test('written in place, and appended to', () =>
  watched('one', async (file) => {
    writeFileSync(file, 'second')
    await heard('second')
    appendFileSync(file, ' and third')
    await heard('second and third')
  }))

test('created later, removed, and created again', () =>
  watched(undefined, async (file) => {
    writeFileSync(file, 'first')
    await heard('first')
    unlinkSync(file)
    await heard(undefined)
    writeFileSync(file, 'second')
    await heard('second')
    unlinkSync(file)
    writeFileSync(file, 'third')
    await heard('third')
  }))

test('in a folder that is created later', () =>
  inFolder(async (folder) => {
    using _ = onFileChange(join(folder, 'later', 'generation'), { interval: 5 })
    mkdirSync(join(folder, 'later'))
    writeFileSync(join(folder, 'later', 'generation'), 'here')
    await heard('here')
  }))

test('below what is no folder yet', () =>
  watched('a file', async (file) => {
    const below = join(file, 'generation')
    using _ = onFileChange(below, { interval: 5 })
    unlinkSync(file)
    mkdirSync(file)
    writeFileSync(below, 'below')
    await heard('below')
  }))

test('a path that cannot be looked at, for another reason than that nothing is there, is an error at once', () =>
  inFolder(async (folder) => {
    const loop = join(folder, 'loop')
    symlinkSync(loop, loop)
    expect(() => onFileChange(loop)).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    expect(() => onFileChange(join(folder, 'x'.repeat(300)))).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }))
  }))

test('of a long file the first 64 KiB are taken', () =>
  watched('', async (file) => {
    renameOver(file, `${'a'.repeat(2 ** 16)}b`)
    await heard('a'.repeat(2 ** 16))
  }))

test('a FIFO, a folder and a device are events without bytes, and do not block', () =>
  watched('one', async (file) => {
    execFileSync('mkfifo', [`${file}.fifo`])
    renameSync(`${file}.fifo`, file)
    await heard(undefined)
    renameOver(file, 'two')
    await heard('two')
    unlinkSync(file)
    mkdirSync(file)
    await heard(undefined)
    rmdirSync(file)
    writeFileSync(file, 'three')
    await heard('three')
    symlinkSync('/dev/zero', `${file}.link`)
    renameSync(`${file}.link`, file)
    await heard(undefined)
  }))

test('a file that this user may not read is an event without bytes', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'generation')
    chmodSync(folder, 0o755)
    writeFileSync(file, 'one')
    writeFileSync(`${file}.new`, 'secret', { mode: 0 })
    const root = process.geteuid?.() === 0
    using _ = onFileChange(file, { interval: 5 })
    renameSync(`${file}.new`, file)
    if (root) process.seteuid?.(65534) // nobody, for root may read everything; before any look can come
    try {
      await heard(undefined)
    } finally {
      if (root) process.seteuid?.(0)
    }
  }))

test('two triggers on one file, with intervals of their own', () =>
  watched('one', async (file) => {
    using _ = onFileChange(file, { interval: 2 ** 31 - 1 })
    renameOver(file, 'two')
    await heard('two')
  }))

test('after disposing there are no more events', () =>
  watched('one', async (file) => {
    const disposed = onFileChange(file, { interval: 5 })
    disposed[Symbol.dispose]()
    disposed[Symbol.dispose]()
    for (const content of ['two', 'three', 'four']) {
      renameOver(file, content)
      await heard(content)
    }
    expect(extras()).toEqual(['two', 'three', 'four']) // of the other trigger
  }))

test('a relative path stays where it was when the folder changes', () =>
  inFolder(async (folder) => {
    const before = process.cwd()
    process.chdir(folder)
    using _ = onFileChange('generation', { interval: 5 })
    process.chdir(before)
    writeFileSync(join(folder, 'generation'), 'one')
    await heard('one')
  }))

test.each([
  [7, undefined, '"path" expected a string, got 7'],
  ['', undefined, '"path" expected a path, got a string of length 0'],
  ['a\0b', undefined, '"path" expected a path, got a string of length 3'],
  ['x', { interval: 0 }, '"interval" expected an integer from 1 to 2147483647, got 0'],
  ['x', { interval: '5' }, '"interval" expected a number, got a string of length 1'],
  ['x', 5, '"options" expected an object, got 5'],
])('onFileChange(%j, %j) is refused', (path, options, message) => {
  expect(() => onFileChange(path as string, options as object)).toThrow(message)
})
