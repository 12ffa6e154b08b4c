import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KernelEntropy } from '../../src/entropy/kernel.ts'
import { EntropyError } from '../../src/errors.ts'
import { blocks, repeatedBlocks } from '../support/blocks.ts'
import { faults, fewDescriptors, mountNamespace, need, unprivilegedNamespace } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const onLinux = process.platform === 'linux'
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-kernel-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type FileSystem = ConstructorParameters<typeof KernelEntropy>[0]
/** What one read does: an error's code, that many fresh bytes, or these bytes. */
type Answer = string | number | Uint8Array

const systemError = (code: string): Error => Object.assign(new Error(code), { code })

/** A device that answers as told, and fresh bytes in full where it is not told. Every call is recorded. */
class FakeDevice {
  readonly calls: string[] = []
  /** Every byte that was read, in order. */
  delivered: number[] = []
  open = new Set<number>()
  stat = { isCharacterDevice: (): boolean => true, rdev: 0x109 }
  openError: string | undefined
  readonly #answers: (read: number) => Answer | undefined
  #reads = 0
  #next = 20
  #state = 1

  constructor(answers: (read: number) => Answer | undefined) {
    this.#answers = answers
  }

  readonly fs = {
    constants,
    openSync: (path: string, flags: number): number => {
      this.calls.push('open')
      expect([path, flags]).toEqual(['/dev/urandom', constants.O_RDONLY | constants.O_NONBLOCK])
      if (this.openError !== undefined) throw systemError(this.openError)
      this.open.add(this.#next)
      return this.#next++
    },
    closeSync: (fd: number): void => {
      this.calls.push('close')
      if (!this.open.delete(fd)) throw systemError('EBADF')
    },
    fstatSync: (fd: number): unknown => {
      this.calls.push('fstat')
      if (!this.open.has(fd)) throw systemError('EBADF')
      return this.stat
    },
    readSync: (fd: number, out: Uint8Array, offset: number, length: number, position: unknown): number => {
      this.calls.push('read')
      expect(position).toBe(0)
      if (!this.open.has(fd)) throw systemError('EBADF')
      const answer = this.#answers(this.#reads++) ?? length
      if (typeof answer === 'string') throw systemError(answer)
      const bytes = typeof answer === 'number' ? this.#fresh(Math.min(answer, length)) : answer.subarray(0, length)
      out.set(bytes, offset)
      this.delivered.push(...bytes)
      return bytes.length
    },
  } as unknown as FileSystem

  /** A linear congruential generator: no 8 bytes of it come twice. */
  #fresh(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
      return this.#state >>> 24
    })
  }
}

const LENGTH = 48
const START = 3
/** Reads 48 bytes into the middle of a view, and sees to it that nothing is written beside them. */
function readFrom(source: KernelEntropy): number[] {
  const out = new Uint8Array(START + LENGTH + START).fill(0xaa)
  source.read(out, START, LENGTH)
  expect([...out.subarray(0, START), ...out.subarray(START + LENGTH)]).toEqual(Array(2 * START).fill(0xaa))
  return [...out.subarray(START, START + LENGTH)]
}

const errorOf = (run: () => unknown): EntropyError => {
  try {
    run()
  } catch (error) {
    if (error instanceof EntropyError) return error
    throw error
  }
  throw new Error('expected an EntropyError, got none')
}

function fake(answers: (read: number) => Answer | undefined = () => undefined, platform = 'linux') {
  const device = new FakeDevice(answers)
  return { device, source: new KernelEntropy(device.fs, platform) }
}

/** No failure may take more system calls than this: none goes on for ever. */
const MANY_CALLS = 64

describe('KernelEntropy, on a device that fails as told', () => {
  it('opens at the first read, checks once, and then only reads', () => {
    const { device, source } = fake()
    expect(device.calls).toEqual([])
    for (let i = 0; i < 3; i++) expect(readFrom(source)).toEqual(device.delivered.splice(0))
    expect(device.calls).toEqual(['open', 'fstat', 'read', 'read', 'read'])
    source.check()
    expect(device.calls.slice(5)).toEqual(['fstat'])
  })

  it('keeps the functions that it was made with', () => {
    const { device, source } = fake()
    for (const name of ['openSync', 'closeSync', 'fstatSync', 'readSync'] as const)
      Object.assign(device.fs, { [name]: () => expect.unreachable(name) })
    source.check()
    expect(readFrom(source)).toEqual(device.delivered)
  })

  it.each([
    ['short reads', [5, 1, 30, 11]],
    ['one byte at a time', Array(40).fill(1)],
    ['a read of nothing', [0, 7, 0, 0]],
    ['interruptions', ['EINTR', 9, 'EAGAIN', 'EINTR', 4]],
    ['an error that passes', [20, 'EIO', 'EIO']],
  ])('completes what is cut short by %s', (_, answers) => {
    const { device, source } = fake((read) => answers[read])
    expect(readFrom(source)).toEqual(device.delivered)
    expect(device.calls.filter((call) => call === 'open')).toHaveLength(1)
  })

  it.each([
    ['EINTR', 'EINTR'],
    ['EAGAIN', 'EAGAIN'],
    ['EIO', 'EIO'],
    [0, 'no data'],
  ])('gives up a device that answers %s for ever, and tries anew at the next read', (answer, reason) => {
    let broken: Answer | undefined = answer
    const { device, source } = fake(() => broken)
    const error = errorOf(() => readFrom(source))
    expect(error.code).toBe('ERR_ENTROPY_SOURCE_UNREADABLE')
    expect(error.message).toContain(`/dev/urandom could not be read (${reason})`)
    expect(device.calls.length).toBeLessThan(MANY_CALLS)
    broken = undefined
    expect(readFrom(source)).toEqual(device.delivered)
    expect(device.open.size).toBe(1)
  })

  it('ends also where the device is lost after each single byte', () => {
    const { device, source } = fake((read) => (read % 16 === 0 ? 1 : 'EINTR'))
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_UNREADABLE')
    expect(device.calls.length).toBeLessThan(LENGTH * MANY_CALLS)
  })

  it('fails on the n-th call alone, whichever it is, and is right before and after', () => {
    for (let n = 0; n < 20; n++) {
      const { device, source } = fake((read) => (read >= n && read < n + 16 ? 'EIO' : undefined))
      for (let i = 0; i < 20; i++) {
        device.delivered = []
        if (i === n) expect(errorOf(() => readFrom(source)).cause).toMatchObject({ code: 'EIO' })
        else expect(readFrom(source)).toEqual(device.delivered)
      }
    }
  })

  it('asks fstat and reads once more when 8 bytes repeat', () => {
    const first = Uint8Array.from({ length: LENGTH }, (_, i) => i)
    const sameStart = Uint8Array.from(first, (byte, i) => (i < 8 ? byte : 255 - byte))
    for (const repeat of [first, sameStart]) {
      const { device, source } = fake((read) => [first, repeat][read])
      expect(readFrom(source)).toEqual([...first])
      device.calls.length = 0
      expect(readFrom(source)).toEqual(device.delivered.slice(-LENGTH))
      expect(device.calls).toEqual(['read', 'fstat', 'read'])
    }
    // Control: 7 equal bytes are no repeat, at either end.
    for (const other of [0, 7]) {
      const close = Uint8Array.from(first, (byte, i) => (i === other ? 99 : byte))
      const { device, source } = fake((read) => [first, close][read])
      readFrom(source)
      expect(readFrom(source)).toEqual([...close])
      expect(device.calls).toEqual(['open', 'fstat', 'read', 'read'])
    }
  })

  it.each([
    ['the same bytes', new Uint8Array(LENGTH).fill(7)],
    ['zeros', new Uint8Array(LENGTH)],
  ])('refuses a device that gives %s three times running, until it is well again', (_, stuck) => {
    let broken = false
    const { device, source } = fake(() => (broken ? stuck : undefined))
    readFrom(source)
    broken = true
    // The first read of what then repeats looks like any other.
    try {
      readFrom(source)
    } catch {}
    device.calls.length = 0
    for (let i = 0; i < 3; i++) {
      const error = errorOf(() => readFrom(source))
      expect(error.code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
      expect(error.message).toMatch(/^\/dev\/urandom .*do not draw from it/)
    }
    expect(device.calls.filter((call) => call === 'read')).toHaveLength(9)
    expect(device.calls.length).toBeLessThan(MANY_CALLS)
    broken = false
    device.delivered = []
    expect(readFrom(source)).toEqual(device.delivered)
  })

  it('refuses a device that gives zeros from its first read', () => {
    const { source } = fake(() => new Uint8Array(LENGTH))
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
  })

  it('refuses other devices: by their numbers on Linux, elsewhere by their kind alone', () => {
    const zero = { isCharacterDevice: () => true, rdev: 0x105 }
    const file = { isCharacterDevice: () => false, rdev: 0 }
    for (const [platform, stat, accepted] of [
      ['linux', zero, false],
      ['linux', file, false],
      ['darwin', zero, true],
      ['darwin', file, false],
    ] as const) {
      const { device, source } = fake(undefined, platform)
      const right = device.stat
      device.stat = stat
      if (accepted) {
        readFrom(source)
        continue
      }
      const error = errorOf(() => readFrom(source))
      expect(error.code).toBe('ERR_ENTROPY_SOURCE_INVALID')
      expect(error.message).toContain('/dev/urandom expected the character device')
      expect(errorOf(() => source.check()).code).toBe('ERR_ENTROPY_SOURCE_INVALID')
      expect(device.calls).toEqual(['open', 'fstat', 'close', 'open', 'fstat', 'close'])
      expect(device.open.size).toBe(0)
      device.stat = right
      expect(readFrom(source)).toEqual(device.delivered)
    }
  })

  it.each(['ENOENT', 'EACCES', 'ENXIO', 'EMFILE', 'ENFILE'])(
    'says %s when it cannot be opened, and tries anew',
    (code) => {
      const { device, source } = fake()
      device.openError = code
      for (const run of [() => source.check(), () => readFrom(source)]) {
        const error = errorOf(run)
        expect(error.code).toBe('ERR_ENTROPY_SOURCE_MISSING')
        expect(error.message).toContain(`/dev/urandom could not be opened (${code}): `)
        expect(error.cause).toMatchObject({ code })
      }
      expect(device.calls).toEqual(['open', 'open'])
      device.openError = undefined
      expect(readFrom(source)).toEqual(device.delivered)
    },
  )

  it('closed by somebody: opened anew, in a read and in a check', () => {
    for (const run of [(source: KernelEntropy) => readFrom(source), (source: KernelEntropy) => source.check()]) {
      const { device, source } = fake()
      readFrom(source)
      device.open.clear()
      run(source)
      readFrom(source)
      expect(device.open.size).toBe(1)
      expect(device.calls).not.toContain('close')
    }
  })

  it('keeps nothing of a short read from a descriptor that is lost by then', () => {
    const { device, source } = fake((read) => {
      if (read > 0) return undefined
      device.open.clear()
      return 5
    })
    const bytes = readFrom(source)
    expect(device.delivered).toHaveLength(5 + LENGTH)
    expect(bytes).toEqual(device.delivered.slice(5))
  })

  it('whatever a device does, fills all of the range or throws an EntropyError, within bounds', () => {
    const answer = fc.oneof(
      fc.integer({ min: 0, max: LENGTH }),
      fc.constantFrom('EINTR', 'EAGAIN', 'EIO', 'EBADF'),
      fc.constantFrom(new Uint8Array(LENGTH), new Uint8Array(LENGTH).fill(1), new Uint8Array(8).fill(2)),
    )
    const runs = fc.oneof(
      fc.array(answer, { maxLength: 60 }),
      fc
        .array(answer, { minLength: 1, maxLength: 3 })
        .map((some) => Array.from({ length: 200 }, (_, i) => some[i % some.length] as Answer)),
    )
    fc.assert(
      fc.property(runs, (answers) => {
        const { device, source } = fake((read) => answers[read])
        const out: number[][] = []
        for (let i = 0; i < 4; i++) {
          device.delivered = []
          device.calls.length = 0
          try {
            const bytes = readFrom(source)
            expect(bytes).toEqual(device.delivered.slice(-LENGTH))
            out.push(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(EntropyError)
          }
          expect(device.calls.length).toBeLessThan(LENGTH * MANY_CALLS)
          expect(device.open.size).toBe(1)
        }
        for (let i = 1; i < out.length; i++) expect(out[i]?.slice(0, 8)).not.toEqual(out[i - 1]?.slice(0, 8))
      }),
      { numRuns: 500 },
    )
  })
})

/**
 * In each child: which file stands behind a descriptor, which descriptors are the device's, and whether there are more
 * than there were. Threads of Node's own open and close a file now and then, so that one more or less says nothing.
 */
const DESCRIPTORS = `
  import fs from 'node:fs'
  const target = (fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } }
  const descriptors = () => fs.readdirSync('/proc/self/fd').map(Number)
  const held = () => descriptors().filter((fd) => target(fd) === '/dev/urandom')
  const before = descriptors().length
  const leaked = () => descriptors().length - before > 5`

describe.skipIf(!onLinux)('the held descriptor, in a process', () => {
  it('is opened by the first draw, and once for all draws of all generators', async () => {
    const result = await runNode(`${DESCRIPTORS}
      import { atfork, createRandom, random } from 'atfork'
      const early = held().length
      random(16)
      const [first, ...more] = held()
      const others = [createRandom(), createRandom({ maxAge: 10, expand: 'hmac' })]
      for (let i = 0; i < 10_000; i++) random(16)
      for (const other of others) other.ints(1000, 6)
      atfork()
      random.fill(new Uint8Array(2 ** 20))
      report({ source: random.entropySource, early, more, same: held().length === 1 && held()[0] === first })`)
    expect(result).toEqual({ source: 'kernel', early: 0, more: [], same: true })
  })

  it('closed by the application 1,000 times: each next draw opens one anew, and none is left over', async () => {
    const result = await runNode(`${DESCRIPTORS}
      import { random } from 'atfork'
      const draws = new Set([random.uuid()])
      const counts = new Set()
      for (let i = 0; i < 1000; i++) {
        const numbers = held()
        counts.add(numbers.length)
        for (const fd of numbers) fs.closeSync(fd)
        counts.add(held().length)
        draws.add(random.uuid())
      }
      report({ draws: draws.size, counts: [...counts], leaked: leaked() })`)
    expect(result).toEqual({ draws: 1001, counts: [1, 0], leaked: false })
  })
})

/**
 * Gives the held descriptor's number to something else: what `occupy` opens. All lower numbers are taken first, for
 * the system gives the lowest free one. From then on `reads` has all that the package read, and from which file.
 */
const TAKE_NUMBER = `${DESCRIPTORS}
  const plainRead = fs.readSync
  const reads = []
  let current = 0
  fs.readSync = (fd, out, start, length, position) => {
    const from = target(fd)
    const got = plainRead(fd, out, start, length, position)
    const bytes = Buffer.from(out.slice(start, start + got)).toString('hex')
    if (!from.startsWith('/proc/')) reads.push({ draw: current, from, bytes })
    return got
  }
  const { random } = await import('atfork')
  const takeNumber = async (occupy) => {
    random(16)
    const [number] = held()
    const fillers = []
    do fillers.push(fs.openSync('/dev/null'))
    while (fillers.at(-1) < number)
    fs.closeSync(fillers.pop())
    fs.closeSync(number)
    const taken = await occupy()
    if (taken !== number) {
      report('missed') // another thread of Node's was faster
      process.exit()
    }
    reads.length = 0
    return number
  }
  const draw = () => {
    if (process.env.PLAIN === '1') {
      plainRead(number, new Uint8Array(16), 0, 16, null) // what a read without a position does
      return []
    }
    const sizes = [16, 8, 3, 256, 1000]
    return Array.from({ length: 100 }, (_, i) => {
      current = i
      return Buffer.from(random(sizes[i % sizes.length])).toString('hex')
    })
  }`

/** Runs a child that takes the number, until one has got it. */
async function take(program: string, env: Record<string, string>): Promise<Taken> {
  for (let tries = 0; tries < 5; tries++) {
    const result = await runNode(program, { env })
    if (result !== 'missed') return result as Taken
  }
  throw new Error('expected the number to be free to take, got another five times')
}

interface Taken {
  drawn: string[]
  reads: { draw: number; from: string; bytes: string }[]
  /** What stands behind the number afterwards. */
  target: string
  held: number
  /** What the application then reads there itself. */
  content: string
}

const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex')
const shares = (content: Uint8Array, bytes: Uint8Array): boolean =>
  blocks(bytes).some((block) => Buffer.from(content).includes(fromHex(block)))

/** The first draw may have got other bytes unnoticed, for a draw without fstat costs less. No later one may. */
function expectDeviceOnly(taken: Taken, content: Uint8Array): void {
  // What a draw uses is what it read last.
  const used = new Map(taken.reads.map((read) => [read.draw, read]))
  expect(used.size).toBe(100)
  used.delete(0)
  expect(new Set([...used.values()].map(({ from }) => from))).toEqual(new Set(['/dev/urandom']))
  // It is the second that notices.
  expect(taken.reads.filter(({ draw, from }) => draw > 1 && from !== '/dev/urandom')).toEqual([])
  // A draw is pool ⊕ what was read: neither zeros nor bytes that somebody knows may stand for the second.
  const device = [...used.values()].map(({ bytes }) => fromHex(bytes))
  expect(repeatedBlocks(device)).toBe(0)
  expect(device.some((bytes) => shares(content, bytes) || shares(new Uint8Array(8), bytes))).toBe(false)
  expect(taken.held).toBe(1)
  const draws = taken.drawn.map(fromHex)
  expect(draws).toHaveLength(100)
  expect(repeatedBlocks(draws)).toBe(0)
  expect(draws.some((bytes) => shares(content, bytes))).toBe(false)
}

const FILE = Uint8Array.from({ length: 4096 }, (_, i) => (i * i + (i >> 8)) & 0xff)

describe.skipIf(!onLinux)('the number of the held descriptor, taken by another file', () => {
  const PATH = `${TAKE_NUMBER}
    const { TAKEN_PATH: path, TAKEN_BYTES: bytes } = process.env
    const number = await takeNumber(() => {
      const fifo = bytes !== undefined
      const fd = fs.openSync(path, fifo ? fs.constants.O_RDWR | fs.constants.O_NONBLOCK : 'r')
      if (fifo) fs.writeSync(fd, Buffer.from(bytes, 'hex'))
      return fd
    })
    const drawn = draw()
    const result = { drawn, reads: [...reads], target: target(number), held: held().length }
    const content = []
    const buffer = Buffer.alloc(512)
    try {
      for (let got = 1; got > 0 && content.length < 16; ) {
        got = plainRead(number, buffer, 0, buffer.length, null)
        content.push(buffer.toString('hex', 0, got))
      }
    } catch (error) {
      if (!['EAGAIN', 'EISDIR'].includes(error.code)) throw error
    }
    report({ ...result, content: content.join('') })`

  const inPlace = (path: string, env: Record<string, string> = {}): Promise<Taken> =>
    take(PATH, { TAKEN_PATH: path, ...env })

  it.each([
    ['long', FILE],
    ['of 5 bytes', FILE.subarray(0, 5)],
    ['empty', FILE.subarray(0, 0)],
  ])('a regular file, %s: the application reads all of it afterwards', async (name, content) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    const taken = await inPlace(path)
    expectDeviceOnly(taken, content)
    expect(taken).toMatchObject({ target: path, content: Buffer.from(content).toString('hex') })
    // Control: a plain read would have moved the application's place in its file.
    const control = await inPlace(path, { PLAIN: '1' })
    expect(control.content).toBe(Buffer.from(content.subarray(16)).toString('hex'))
  })

  it.each(['/dev/zero', '/dev/null', '/dev'])('%s', async (path) => {
    const taken = await inPlace(path)
    expectDeviceOnly(taken, new Uint8Array(8))
    expect(taken.target).toBe(path)
  })

  it('a FIFO with data in it: not one byte is taken', async () => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const bytes = Buffer.from(FILE).toString('hex')
    const taken = await inPlace(path, { TAKEN_BYTES: bytes })
    expectDeviceOnly(taken, FILE)
    expect(taken).toMatchObject({ target: path, content: bytes })
    const control = await inPlace(path, { TAKEN_BYTES: bytes, PLAIN: '1' })
    expect(control.content).toBe(bytes.slice(2 * 16))
  })

  const SOCKET = `${TAKE_NUMBER}
    import { once } from 'node:events'
    import net from 'node:net'
    const { SOCKET_PATH: path, TAKEN_BYTES: bytes } = process.env
    const server = net.createServer()
    const accepted = once(server, 'connection')
    server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path })
    await once(server, 'listening')
    const client = new net.Socket().pause()
    const number = await takeNumber(async () => {
      client.connect(path === undefined ? server.address().port : path, '127.0.0.1')
      await once(client, 'connect')
      return client._handle.fd
    })
    const [peer] = await accepted
    server.close()
    peer.end(Buffer.from(bytes, 'hex'))
    await once(peer, 'finish')
    const drawn = draw()
    const result = { drawn, reads: [...reads], target: target(number), held: held().length }
    const content = await client.toArray()
    report({ ...result, content: Buffer.concat(content).toString('hex') })`

  it.each(['TCP', 'Unix'])('a %s socket with data waiting: not one byte is taken', async (kind) => {
    const bytes = Buffer.from(FILE).toString('hex')
    const env = { TAKEN_BYTES: bytes, ...(kind === 'Unix' && { SOCKET_PATH: join(folder, 'socket') }) }
    const taken = await take(SOCKET, env)
    expectDeviceOnly(taken, FILE)
    expect(taken.target).toMatch(/^socket:/)
    expect(taken.content).toBe(bytes)
    const control = await take(SOCKET, { ...env, PLAIN: '1' })
    expect(control.content).toBe(bytes.slice(2 * 16))
  })
})

/** What a failing and a working draw look like from outside. */
const ATTEMPT = `
  import { createRandom, EntropyError, random } from 'atfork'
  const attempt = () => {
    const view = new Uint8Array(300).fill(7)
    try {
      random.fill(view)
      return view.some((byte) => byte !== 7) ? 'filled' : 'untouched'
    } catch (error) {
      if (!(error instanceof EntropyError)) throw error
      const { code, message, cause } = error
      return { code, message, cause: cause?.code, untouched: view.every((byte) => byte === 7) }
    }
  }
  const isRefused = (run) => {
    try {
      run()
      return false
    } catch (error) {
      return error instanceof EntropyError
    }
  }
  const allRefused = () => [
    () => random(16), () => random.int(6), () => random.uuid(), () => random.uuidv7(), () => random.reseed(),
    () => createRandom({ maxAge: 1000 })(16), () => createRandom({ expand: 'hmac' }).float(),
  ].every(isRefused)`
const WITH_DEVICE = `${DESCRIPTORS}
  import { execFileSync } from 'node:child_process'
  ${ATTEMPT}`

/** The message names the device, what is the matter, and after a colon what to do about it. */
const refusal = (code: string, cause?: string, remedy = 'mknod -m 666 /dev/urandom c 1 9'): object => ({
  code: `ERR_ENTROPY_SOURCE_${code}`,
  message: expect.stringMatching(new RegExp(`^/dev/urandom .+: .*${remedy}`)),
  ...(cause !== undefined && { cause }),
  untouched: true,
})
const ANY_REMEDY = '[a-z]'

describe.skipIf(!onLinux)('/dev/urandom itself', () => {
  const replaced = (inPlace: string): string => `mount --bind ${inPlace} /dev/urandom`
  const COVERED = 'mount -t tmpfs tmpfs /dev'
  const unmount = (path: string): string => `execFileSync('umount', ['${path}'])`
  const FORBIDDEN = `touch "$0/device"
    mount --bind /dev/urandom "$0/device"
    ${COVERED}
    touch /dev/urandom
    mount --bind "$0/device" /dev/urandom
    chmod 0 /dev`

  it.for([
    ['missing', COVERED, 'MISSING', 'ENOENT', unmount('/dev')],
    ['a directory', `${COVERED}; mkdir /dev/urandom`, 'INVALID', undefined, unmount('/dev')],
    ['a file', `head -c 9999 /dev/zero > "$0/f"; ${replaced('"$0/f"')}`, 'INVALID', undefined, unmount('/dev/urandom')],
    ['a FIFO', `mkfifo "$0/p"; ${replaced('"$0/p"')}`, 'INVALID', undefined, unmount('/dev/urandom')],
    ['/dev/zero', replaced('/dev/zero'), 'INVALID', undefined, unmount('/dev/urandom')],
    ['forbidden', FORBIDDEN, 'MISSING', 'EACCES', "fs.chmodSync('/dev', 0o755)"],
  ] as const)('%s: refused, nothing handed out, and right again when the device is', async (row, ctx) => {
    const [what, setup, code, cause, heal] = row
    const within = need(ctx, (what === 'forbidden' ? unprivilegedNamespace : mountNamespace)(setup, folder))
    const program = `${WITH_DEVICE}
      const failed = [attempt(), attempt()]
      const refused = allRefused()
      const leak = leaked()
      const source = random.entropySource
      ${heal}
      report({ failed, refused, leak, source, healed: attempt(), held: held().length })`
    const failure = refusal(code, cause)
    const refused = { failed: [failure, failure], refused: true, leak: false, source: 'kernel' }
    expect(await runNode(program, { within })).toEqual({ ...refused, healed: 'filled', held: 1 })
  })

  it('taken away while in use: the held descriptor goes on, and its loss is refused until the device is back', async (ctx) => {
    const within = need(ctx, mountNamespace(''))
    const result = await runNode(
      `${WITH_DEVICE}
      const seen = [attempt()]
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/dev'])
      seen.push(attempt())
      for (const fd of held()) fs.closeSync(fd)
      seen.push(attempt(), attempt())
      execFileSync('umount', ['/dev'])
      seen.push(attempt())
      report(seen)`,
      { within },
    )
    const gone = refusal('MISSING', 'ENOENT')
    expect(result).toEqual(['filled', 'filled', gone, gone, 'filled'])
  })

  it('no descriptor left for it: refused until the application closes some', async (ctx) => {
    const result = await runNode(
      `${WITH_DEVICE}
      const open = []
      let full
      try {
        for (;;) open.push(fs.openSync('/dev/null'))
      } catch (error) {
        full = error.code
      }
      const failed = [attempt(), attempt()]
      const refused = allRefused()
      for (const fd of open.splice(-3)) fs.closeSync(fd)
      report({ full, failed, refused, healed: attempt(), held: held().length })`,
      { within: need(ctx, fewDescriptors(128)) },
    )
    const failure = refusal('MISSING', 'EMFILE', ANY_REMEDY)
    expect(result).toEqual({ full: 'EMFILE', failed: [failure, failure], refused: true, healed: 'filled', held: 1 })
  })

  it("withheld by Node's permission model: refused", async () => {
    const named = await runNode(`report(process.allowedNodeEnvironmentFlags.has('--permission'))`)
    const flags = ['--no-warnings', named ? '--permission' : '--experimental-permission', `--allow-fs-read=${ROOT}*`]
    const denied = refusal('MISSING', 'ERR_ACCESS_DENIED', '--allow-fs-read=/dev/urandom')
    expect(await runNode(`${ATTEMPT}; report(attempt())`, { flags })).toEqual(denied)
  })
})

describe.skipIf(!onLinux)('system calls that fail (strace)', () => {
  it.for([
    ['reads, for a while', ['pread64:error=EIO:when=1..40'], 'UNREADABLE', 'EIO'],
    ['reads, after others', ['pread64:error=EIO:when=30..70'], 'UNREADABLE', 'EIO'],
    ['empty reads', ['pread64:retval=0:when=1..40'], 'UNREADABLE', undefined],
    ['opening, for a while', ['openat:error=ENFILE:when=1..2'], 'MISSING', 'ENFILE'],
    ['every second read', ['pread64:error=EINTR:when=1+2'], undefined, undefined],
    ['one read', ['pread64:error=EAGAIN:when=5'], undefined, undefined],
  ] as const)('%s', async ([what, inject, code, cause], ctx) => {
    const log = join(folder, 'strace.log')
    const within = need(ctx, faults('/dev/urandom', log, ['openat', 'pread64'], inject))
    const results = (await runNode(
      `${WITH_DEVICE}
      report(Array.from({ length: 50 }, attempt))`,
      { within },
    )) as unknown[]
    const failures = results.filter((result) => result !== 'filled')
    if (code === undefined) expect(failures).toEqual([])
    else {
      expect(failures.length).toBeGreaterThan(0)
      expect(failures.length).toBeLessThan(5)
      for (const failure of failures) expect(failure).toEqual(refusal(code, cause, ANY_REMEDY))
    }
    expect(results.slice(-10)).toEqual(Array(10).fill('filled'))
    // Control: the faults have happened, and did not set off a flood of calls.
    const calls = readFileSync(log, 'utf8').split('\n')
    expect(
      calls.some((call) => call.includes('INJECTED')),
      what,
    ).toBe(true)
    expect(calls.length).toBeLessThan(300)
  })
})
