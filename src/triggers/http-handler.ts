/**
 * The answer to a platform that POSTs to the process when its machine runs or resumes: the request's body goes into
 * `atfork()`, and only then is it answered, so that whatever the platform lets in next finds the generators remixed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ready } from 'atfork'
import { checkOptions, isArray, option, wrongKind, wrongValue } from '../checks.ts'
import { remix } from './remix.ts'

/** What {@link httpHandler} takes. */
export interface HttpHandlerOptions {
  /** The paths that are answered, without a query. Default: those that AWS Lambda MicroVMs call on run and resume. */
  paths?: readonly string[]
}

/** A listener for 'request' of Node's HTTP servers. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void

/** AWS Lambda MicroVMs' hooks for a machine that starts from an image's snapshot, and for one that was suspended. */
const MICROVM_PATHS = ['/aws/lambda-microvms/runtime/v1/run', '/aws/lambda-microvms/runtime/v1/resume']
const MAX_BYTES = 2 ** 16

/** Answers without a body, whatever was asked: nothing of a request comes back. */
function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  if (!response.headersSent) response.writeHead(status, { ...headers, 'Content-Length': '0' }).end()
}

/** Remixes, and answers when the hooks are done. What fails is an unhandled rejection too: the platform is not alone. */
async function remixAndAnswer(response: ServerResponse, body: Uint8Array | undefined): Promise<void> {
  try {
    remix(body)
    await ready()
  } catch (error) {
    answer(response, 500)
    throw error
  }
  answer(response, 200)
}

/** A request to one of our paths: collects the body, and gives it to `use` if it has come to its end. */
function collect(request: IncomingMessage, response: ServerResponse, use: (body?: Uint8Array) => void): void {
  const chunks: Uint8Array[] = []
  let length = 0
  if (request.readableEnded) use() // somebody has read it, such as a framework's body parser: no more events come
  request.on('data', (chunk: Buffer | string) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, request.readableEncoding as BufferEncoding) : chunk
    length += bytes.length
    // What is too long is read to its end, so that the sender gets to see the answer, and dropped.
    if (length > MAX_BYTES) answer(response, 413)
    else chunks.push(bytes)
  })
  // A request that is cut off, too slow or malformed never gets there.
  request.on('end', () => {
    if (length <= MAX_BYTES) use(length > 0 ? Buffer.concat(chunks) : undefined)
  })
}

/** @throws TypeError, RangeError. */
function checkPaths(options: HttpHandlerOptions | undefined): Set<string> {
  const paths: unknown = option(checkOptions('options', options), 'paths', MICROVM_PATHS)
  if (!isArray(paths)) throw wrongKind('paths', 'an array', paths)
  const given = paths as readonly unknown[]
  if (given.length === 0) throw new RangeError('"paths" expected at least one path, got none')
  const checked = new Set<string>()
  for (let i = 0; i < given.length; i++) {
    const path = given[i]
    if (typeof path !== 'string') throw wrongKind('paths', 'strings', path)
    if (!/^\/[^?#\s]*$/.test(path)) throw wrongValue('paths', "paths that begin with '/', without a query", path)
    checked.add(path)
  }
  return checked
}

/**
 * Makes a request handler that calls `atfork()` with the body of each POST to one of `paths`, and answers 200 when the
 * hooks are done (`ready()`).
 *
 * To mount in a server of your own. The body is mixed in and never relied on: it can be the same in all clones. If
 * something has read it before, `atfork()` is called without. Others get 404 (path), 405 (method) or 413 (a body of
 * more than 64 KiB), without an `atfork()`. If `atfork()` or a hook fails, the answer is 500, and the error is an unhandled rejection as well. How long a
 * request may take is your server's to say (`requestTimeout`).
 *
 * @param options - `paths`: what is answered. Default: AWS Lambda MicroVMs' run and resume hooks.
 * @returns A listener for a server's event 'request'.
 * @throws TypeError, RangeError for options.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { httpHandler } from 'atfork/triggers'
 * const handle = httpHandler({ paths: ['/resumed'] })
 * const server = createServer((request, response) => {
 *   if (request.url === '/resumed') handle(request, response)
 *   else response.end('hello')
 * })
 * server.listen(0, '127.0.0.1').unref()
 * ```
 */
export function httpHandler(options?: HttpHandlerOptions): HttpHandler {
  const paths = checkPaths(options)
  return (request, response) => {
    const [path] = (request.url as string).split('?', 1)
    if (!paths.has(path as string)) return answer(response, 404)
    if (request.method !== 'POST') return answer(response, 405, { Allow: 'POST' })
    collect(request, response, (body) => remixAndAnswer(response, body))
  }
}
