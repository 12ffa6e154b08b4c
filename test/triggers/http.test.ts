/** A real server and real requests: which are events, which are not, and what they are answered. */
import { once } from 'node:events'
import { createServer, type RequestListener, request as send } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { atfork } from 'atfork'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { generation, isolate } from '../../src/lifecycle/record.ts'
import { type HttpTrigger, httpHandler, onHttp } from '../../src/triggers.ts'
import { runNode } from '../support/node-child.ts'
import { exchange, request, statuses } from '../support/raw-http.ts'
import { slow } from '../support/slow.ts'

// It does all that atfork() does, and keeps what it was called with.
vi.mock('atfork', async (original) => {
  const real = await original<typeof import('atfork')>()
  return { ...real, atfork: vi.fn(real.atfork) }
})

const LIMIT = 2 ** 16
const RESUME = '/aws/lambda-microvms/runtime/v1/resume'
const RUN = '/aws/lambda-microvms/runtime/v1/run'
const CLOSE = { Connection: 'close' }

let trigger: HttpTrigger
let port = 0
beforeEach(async () => {
  trigger = onHttp({ port: 0 })
  port = (await trigger.listening).port
  vi.mocked(atfork).mockClear()
})
afterEach(() => {
  trigger[Symbol.dispose]()
  isolate.listeners.length = 0
})

const extras = (): (Uint8Array | undefined)[] => vi.mocked(atfork).mock.calls.map(([extra]) => extra)
const post = (path: string, body: string | Uint8Array<ArrayBuffer> = '', on: number = port): Promise<Response> =>
  fetch(`http://127.0.0.1:${on}${path}`, { method: 'POST', body })

test.each([[RUN], [RESUME], [`${RESUME}?machine=7`]])('POST %s is one atfork() with the body', async (path) => {
  const before = generation()
  const body = '{"microvmId":"clone 7 of 100"}'
  const response = await post(path, body)
  expect([response.status, await response.text()]).toEqual([200, ''])
  expect(extras()).toEqual([Buffer.from(body)])
  expect(generation()).toBe(before + 1)
})

test('without a body it is an atfork() without bytes', async () => {
  expect((await post(RESUME)).status).toBe(200)
  expect(extras()).toEqual([undefined])
})

test('the remix is over when the answer is sent', async () => {
  const order: string[] = []
  isolate.listeners.push(() => order.push('remixed'))
  const answered = new Promise<void>((resolve) => {
    send({ port, host: '127.0.0.1', path: RESUME, method: 'POST' }, (response) => {
      order.push('answered')
      response.resume().on('end', resolve)
    }).end()
  })
  await answered
  expect(order).toEqual(['remixed', 'answered'])
})

test('a burst of 100 pipelined requests is 100 atfork() calls, in order', async () => {
  const before = generation()
  const bodies = Array.from({ length: 100 }, (_, i) => `request ${i}`)
  const texts = bodies.map((body, i) =>
    request(`POST ${RESUME}`, { 'Content-Length': body.length, Connection: i === 99 ? 'close' : 'keep-alive' }, body),
  )
  expect(statuses(await exchange(port, texts.join('')))).toEqual(bodies.map(() => 200))
  expect(extras().map(String)).toEqual(bodies.map((body) => String(Buffer.from(body))))
  expect(generation()).toBe(before + 100)
})

test('a body of 64 KiB is taken, with its length announced and in chunks', async () => {
  const body = new Uint8Array(LIMIT).fill(97)
  const text = 'a'.repeat(LIMIT)
  expect((await post(RESUME, body)).status).toBe(200)
  const chunked = request(
    `POST ${RESUME}`,
    { 'Transfer-Encoding': 'chunked', ...CLOSE },
    `10000\r\n${text}\r\n0\r\n\r\n`,
  )
  expect(statuses(await exchange(port, chunked))).toEqual([200])
  expect(extras().map((extra) => extra?.length)).toEqual([LIMIT, LIMIT])
})

/** Requests that are no events, with the answer to each. */
const REFUSED: [name: string, text: string, status: number][] = [
  ['GET', request(`GET ${RESUME}`, CLOSE), 405],
  ['HEAD', request(`HEAD ${RESUME}`, CLOSE), 405],
  ['PUT with a body', request(`PUT ${RESUME}`, { 'Content-Length': 3, ...CLOSE }, 'abc'), 405],
  ['another path', request('POST /aws', { 'Content-Length': 3, ...CLOSE }, 'abc'), 404],
  ['a longer path', request(`POST ${RESUME}/`, { 'Content-Length': 0, ...CLOSE }), 404],
  ['a path that only the query has', request(`POST /?${RESUME}`, { 'Content-Length': 0, ...CLOSE }), 404],
  ['an absolute address', request(`POST http://x${RESUME}`, { 'Content-Length': 0, ...CLOSE }), 404],
  [
    'a body over the limit, announced',
    request(`POST ${RESUME}`, { 'Content-Length': LIMIT + 1, ...CLOSE }, 'a'.repeat(LIMIT + 1)),
    413,
  ],
  [
    'a body over the limit, in chunks',
    request(
      `POST ${RESUME}`,
      { 'Transfer-Encoding': 'chunked', ...CLOSE },
      `${`8000\r\n${'a'.repeat(0x8000)}\r\n`.repeat(3)}0\r\n\r\n`,
    ),
    413,
  ],
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['no Host header', `POST ${RESUME} HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, 400],
  ['a length that is none', request(`POST ${RESUME}`, { 'Content-Length': 'many' }), 400],
  ['two lengths', request(`POST ${RESUME}`, { 'Content-Length': 3, 'content-length': 4 }, 'abcd'), 400],
  [
    'a length and chunks',
    request(`POST ${RESUME}`, { 'Content-Length': 3, 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'),
    400,
  ],
  ['a broken chunk', request(`POST ${RESUME}`, { 'Transfer-Encoding': 'chunked' }, '3\r\nabc\r\nzz\r\n'), 400],
]

test.each(REFUSED)('%s is no event and is refused', async (_, text, status) => {
  const answer = await exchange(port, text)
  expect(statuses(answer)).toEqual([status])
  if (status === 405) expect(answer).toMatch(/^Allow: POST\r$/m)
  expect(answer).not.toMatch(/abc|aaa|hello/)
  expect(extras()).toEqual([])
  expect((await post(RESUME)).status, 'the control').toBe(200)
  expect(extras()).toHaveLength(1)
})

test('slow headers and a slow body end with 408, a request that is cut off with nothing; none is an event', async (ctx) => {
  slow(ctx)
  const headers = exchange(port, `POST ${RESUME} HTTP/1.1\r\nHost: x\r\n`)
  const body = exchange(port, request(`POST ${RESUME}`, { 'Content-Length': 10 }, 'abc'))
  const cut = send({ port, host: '127.0.0.1', path: RESUME, method: 'POST', headers: { 'Content-Length': 10 } })
  const cutOff = new Promise((resolve) => cut.on('error', resolve))
  cut.write('abc', () => cut.destroy())
  expect(statuses(await headers)).toEqual([408])
  expect(statuses(await body)).toEqual([408])
  await cutOff
  expect(extras()).toEqual([])
})

test('when atfork() throws the answer is 500, the error surfaces, and the next request is served', async () => {
  const seen = await runNode(`
    import { onHttp } from 'atfork/triggers'
    const { listeners } = globalThis[Symbol.for('atfork:1')]
    listeners.push(() => { throw new Error('listener') })
    let surfaced
    process.on('unhandledRejection', ({ message }) => { surfaced = message })
    const trigger = onHttp({ port: 0, paths: ['/resumed'] })
    const { port } = await trigger.listening
    const post = async () => {
      const response = await fetch('http://127.0.0.1:' + port + '/resumed', { method: 'POST', body: 'x' })
      return [response.status, await response.text()]
    }
    const failed = await post()
    listeners.length = 0
    report([failed, surfaced, await post()])
    trigger[Symbol.dispose]()`)
  expect(seen).toEqual([[500, ''], 'listener', [200, '']])
})

test('without anybody to catch it that error ends the process, after the answer', async () => {
  const crashing = runNode(`
    import { request } from 'node:http'
    import { onHttp } from 'atfork/triggers'
    globalThis[Symbol.for('atfork:1')].listeners.push(() => { throw new Error('listener') })
    const { port } = await onHttp({ port: 0, paths: ['/resumed'] }).listening
    request({ port, host: '127.0.0.1', path: '/resumed', method: 'POST' }).end()
    setTimeout(() => {}, 50_000)`)
  await expect(crashing).rejects.toThrow(
    expect.objectContaining({ code: 1, stderr: expect.stringContaining('listener') }),
  )
})

/** A server of somebody's own while `use` runs. */
async function served(listener: RequestListener, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

test("the handler works in a server of one's own, beside other paths", async () => {
  const handle = httpHandler({ paths: ['/resumed'] })
  const listener: RequestListener = (request, response) =>
    request.url === '/' ? response.end('hello') : handle(request, response)
  await served(listener, async (own) => {
    expect(await (await post('/', 'x', own)).text()).toBe('hello')
    expect((await post(RESUME, 'x', own)).status).toBe(404)
    expect(extras()).toEqual([])
    expect((await post('/resumed', 'clone 7', own)).status).toBe(200)
    expect(extras()).toEqual([Buffer.from('clone 7')])
  })
})

test('a body that somebody else has read is an atfork() without bytes', async () => {
  const handle = httpHandler()
  const listener: RequestListener = (request, response) => {
    request.resume().on('end', () => setImmediate(() => handle(request, response)))
  }
  await served(listener, async (own) => {
    expect((await post(RESUME, 'clone 7', own)).status).toBe(200)
    expect(extras()).toEqual([undefined])
  })
})

test('a body that somebody has given an encoding is mixed in as the bytes that it was', async () => {
  const handle = httpHandler()
  for (const encoding of ['utf8', 'hex', 'latin1'] as const) {
    const listener: RequestListener = (request, response) => handle(request.setEncoding(encoding), response)
    vi.mocked(atfork).mockClear()
    await served(listener, async (own) => {
      expect((await post(RESUME, 'cl\u00f6ne 7', own)).status).toBe(200)
      expect(extras()).toEqual([Buffer.from('cl\u00f6ne 7')])
    })
  }
})

test('a body that is too long, in many pieces, is answered once', async () => {
  const long = request(`POST ${RESUME}`, { 'Content-Length': 10 * LIMIT, ...CLOSE }, 'a'.repeat(10 * LIMIT))
  expect(statuses(await exchange(port, long))).toEqual([413])
  expect(extras()).toEqual([])
})

test('a port that is taken is a rejection, and disposing after that is fine', async () => {
  const second = onHttp({ port })
  await expect(second.listening).rejects.toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
  second[Symbol.dispose]()
  expect((await post(RESUME)).status).toBe(200)
})

test('disposed before it listens, it does not listen', async () => {
  const early = onHttp({ port: 0, host: 'localhost' })
  early[Symbol.dispose]()
  early[Symbol.dispose]()
  await expect(early.listening).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
})

test('disposed, it closes idle connections and answers no more', async () => {
  const idle = exchange(port, request(`POST ${RESUME}`, { 'Content-Length': 0 }))
  await vi.waitFor(() => expect(extras()).toHaveLength(1), { timeout: 30_000 })
  const half = exchange(port, request(`POST ${RESUME}`, { 'Content-Length': 3 }, 'ab'))
  expect((await post(RESUME)).status).toBe(200)
  trigger[Symbol.dispose]()
  trigger[Symbol.dispose]()
  expect(statuses(await idle)).toEqual([200])
  await half.then(
    (answer) => expect(answer).toBe(''),
    (error) => expect(error.code).toBe('ECONNRESET'),
  )
  await expect(post(RESUME)).rejects.toThrow()
  expect(extras()).toHaveLength(2)
})

test('disposed by a listener, it still answers the request that fired it, and closes its connection', async () => {
  isolate.listeners.push(() => trigger[Symbol.dispose]())
  const socket = connect(port, '127.0.0.1')
  const post = request(`POST ${RESUME}`, { 'Content-Length': 0 })
  let received = ''
  socket.on('error', () => {}) // reset
  socket.on('data', (chunk) => {
    received += chunk
    socket.write(post) // would be served, if the connection were left open until it is idle for long
  })
  socket.write(post)
  await once(socket, 'close')
  expect(statuses(received)).toEqual([200])
  expect(extras()).toHaveLength(1)
})

test.each([
  [undefined, '"options" expected an object, got undefined'],
  [{}, '"port" expected a number, got undefined'],
  [{ port: '80' }, '"port" expected a number, got a string of length 2'],
  [{ port: 65536 }, '"port" expected an integer from 0 to 65535, got 65536'],
  [{ port: 0, host: '' }, '"host" expected an address, got a string of length 0'],
  [{ port: 0, host: null }, '"host" expected a string, got null'],
  [{ port: 0, paths: '/' }, '"paths" expected an array, got a string of length 1'],
  [{ port: 0, paths: [] }, '"paths" expected at least one path, got none'],
  [{ port: 0, paths: [7] }, '"paths" expected strings, got 7'],
  [{ port: 0, paths: ['resume'] }, `"paths" expected paths that begin with '/', without a query, got a string`],
  [{ port: 0, paths: ['/a?b'] }, `"paths" expected paths that begin with '/', without a query, got a string`],
])('onHttp(%j) is refused', (options, message) => {
  expect(() => onHttp(options as { port: number })).toThrow(message)
})
