import { constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hardwareBytes } from '../../src/entropy/hwrng.ts'
import { mountNamespace, need } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'

const systemError = (code: string): Error => Object.assign(new Error(code), { code })
afterEach(() => {
  vi.restoreAllMocks()
})

/** Puts a device in place of /dev/hwrng. What it does not do on its own, `parts` does. Returns the calls made. */
function fakeDevice(parts: { open?: string; stat?: string; read?: number | string; close?: string; kind?: boolean }) {
  const calls: string[] = []
  const step = (name: string, error: unknown): void => {
    calls.push(name)
    if (typeof error === 'string') throw systemError(error)
  }
  const fs = {
    constants,
    openSync: (path: string, flags: number) => {
      expect([path, flags]).toEqual(['/dev/hwrng', constants.O_RDONLY | constants.O_NONBLOCK])
      step('open', parts.open)
      return 9
    },
    fstatSync: () => {
      step('fstat', parts.stat)
      return { isCharacterDevice: () => parts.kind ?? true }
    },
    readSync: (_: number, out: Uint8Array, start: number, length: number) => {
      step('read', parts.read)
      const got = Math.min(length, Number(parts.read ?? length))
      out.fill(0xcc, start, start + got)
      return got
    },
    closeSync: () => step('close', parts.close),
  }
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(fs as never)
  return calls
}

describe('hardwareBytes', () => {
  it('of this machine: at most 32 bytes, and no error', () => {
    const bytes = hardwareBytes()
    expect(bytes).toBeInstanceOf(Uint8Array)
    expect(bytes.length).toBeLessThanOrEqual(32)
  })

  it.each([
    ['all that was asked for', {}, 32, ['open', 'fstat', 'read', 'close']],
    ['fewer bytes', { read: 5 }, 5, ['open', 'fstat', 'read', 'close']],
    ['no bytes', { read: 0 }, 0, ['open', 'fstat', 'read', 'close']],
    ['it would have to be waited for', { read: 'EAGAIN' }, 0, ['open', 'fstat', 'read', 'close']],
    ['a driver that is gone', { read: 'ENODEV' }, 0, ['open', 'fstat', 'read', 'close']],
    ['something else in its place', { kind: false }, 0, ['open', 'fstat', 'close']],
    ['no status', { stat: 'EIO' }, 0, ['open', 'fstat', 'close']],
    ['absent', { open: 'ENOENT' }, 0, ['open']],
    ['forbidden', { open: 'EACCES' }, 0, ['open']],
    ['no driver', { open: 'ENODEV' }, 0, ['open']],
    ['no descriptor left', { open: 'EMFILE' }, 0, ['open']],
    ['a failing close', { close: 'EIO' }, 0, ['open', 'fstat', 'read', 'close']],
  ])('%s: returns what there is, throws nothing, leaves nothing open', (_, parts, length, calls) => {
    const made = fakeDevice(parts)
    expect([...hardwareBytes()]).toEqual(Array(length).fill(0xcc))
    expect(made).toEqual(calls)
  })

  it('no fs: none', () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    expect(hardwareBytes()).toHaveLength(0)
  })
})

describe.skipIf(process.platform !== 'linux')('/dev/hwrng itself, at an atfork()', () => {
  const setup = (make: string): string => `: > "$0/device"
    mount --bind /dev/urandom "$0/device"
    mount -t tmpfs tmpfs /dev
    : > /dev/urandom
    mount --bind "$0/device" /dev/urandom
    ${make}`

  it.for([
    ['absent', ':'],
    ['a FIFO that nobody writes to', 'mkfifo /dev/hwrng'],
    ['a directory', 'mkdir /dev/hwrng'],
    ['a regular file', 'echo known bytes, not random at all > /dev/hwrng'],
    ['a link to nowhere', 'ln -s nowhere /dev/hwrng'],
  ] as const)('%s: no error, no waiting, no descriptor left open', async ([, make], ctx) => {
    const folder = mkdtempSync(join(tmpdir(), 'atfork-hwrng-'))
    try {
      const result = await runNode(
        `import { readdirSync } from 'node:fs'
        import { atfork, random } from 'atfork'
        const seen = [random.uuid()]
        const before = readdirSync('/proc/self/fd').length
        for (let i = 0; i < 20; i++) {
          atfork()
          seen.push(random.uuid())
        }
        // Threads of Node's own open and close a file now and then: one more or less says nothing.
        report({ distinct: new Set(seen).size, leaked: readdirSync('/proc/self/fd').length - before > 5 })`,
        { within: need(ctx, mountNamespace(setup(make), folder)) },
      )
      expect(result).toEqual({ distinct: 21, leaked: false })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
