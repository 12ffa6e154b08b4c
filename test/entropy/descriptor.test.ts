/** The held descriptor, in real processes: closed by the application, its number taken by another file. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_FILLED, ATTEMPT } from '../support/attempts.ts'
import { blocks, repeatedBlocks } from '../support/blocks.ts'
import { DESCRIPTORS } from '../support/descriptors.ts'
import { runNode } from '../support/node-child.ts'

const FILE = Uint8Array.from({ length: 4096 }, (_, i) => (i * i + (i >> 8)) & 0xff)
const onLinux = process.platform === 'linux'
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-kernel-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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

/** As daemons do. Without the event loop's own (epoll, eventfd, pipes) Node itself ends, whoever draws from what. */
const CLOSE_ALL = `${DESCRIPTORS}
  ${ATTEMPT}
  const { TAKEN_PATH: path } = process.env
  const rounds = Array.from({ length: 20 }, () => {
    const first = attempts()
    const closed = descriptors().filter((fd) => fd > 2 && target(fd).startsWith('/'))
    for (const fd of closed) try { fs.closeSync(fd) } catch {} // that of readdir itself
    const lost = held().length === 0
    const files = []
    do files.push(fs.openSync(path))
    while (files.at(-1) < Math.max(...closed))
    random(16) // whose kernel bytes may have been the file's, unnoticed: pool bytes are in it as well
    const second = attempts()
    const whole = files.map((fd) => fs.readFileSync(fd, 'latin1') === fs.readFileSync(path, 'latin1'))
    for (const fd of files) fs.closeSync(fd)
    return { first, second, whole: whole.every(Boolean), lost, held: held().length }
  })
  report(rounds)`

describe.skipIf(!onLinux)('a loop that closes all descriptors, and files that take their numbers', () => {
  it('20 times: draws are fresh, and the application reads all of its files', async () => {
    const path = join(folder, 'all')
    writeFileSync(path, FILE)
    const result = await runNode(CLOSE_ALL, { env: { TAKEN_PATH: path } })
    const round = { first: ALL_FILLED, second: ALL_FILLED, whole: true, lost: true, held: 1 }
    expect(result).toEqual(Array(20).fill(round))
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
