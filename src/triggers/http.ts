/** A small HTTP server of our own for platforms that POST to the process when its machine runs or resumes. */
import type { AddressInfo } from 'node:net'
import { checkInteger, checkOptions, option, wrongKind, wrongValue } from '../checks.ts'
import { disposable } from './disposable.ts'
import { refuseInSnapshot } from './error.ts'
import { type HttpHandlerOptions, httpHandler } from './http-handler.ts'

/** What {@link onHttp} takes. */
export interface HttpTriggerOptions extends HttpHandlerOptions {
  /** 0 to 65535; 0 for any that is free. */
  port: number
  /** The address to listen on. Default: '127.0.0.1', which only this machine reaches. */
  host?: string
}

/** What {@link onHttp} returns. */
export interface HttpTrigger extends Disposable {
  /** The address once the server listens; rejected if it cannot, or is disposed before it does. */
  readonly listening: Promise<AddressInfo>
}

/** A request that takes longer, in ms, is answered 408 and its connection closed. A hook's is sent at once. */
const REQUEST_TIMEOUT = 5000
const CHECK_INTERVAL = 1000

/**
 * Listens for HTTP requests and calls `atfork()` with the body of each POST to one of `paths`, then answers 200. See
 * {@link httpHandler} for the other answers; a request that is malformed gets 400, one that takes over 5 s gets 408,
 * and neither an `atfork()`.
 *
 * Disposing it stops it: what has fully arrived is still answered, every other connection is closed.
 *
 * The port is never shared with cluster workers, since a request would then reach one of them and the others would
 * hear of nothing: each worker needs a port of its own, or word from one process that listens.
 *
 * @param options - `port`; `host`, default '127.0.0.1'; `paths`, default AWS Lambda MicroVMs' run and resume hooks.
 * @returns What stops it when it is disposed, with `listening`, a promise of the address.
 * @throws TypeError, RangeError for options; TriggerError while a snapshot is built.
 *
 * @example
 * ```ts
 * import { onHttp } from 'atfork/triggers'
 * const trigger = onHttp({ port: 0, paths: ['/resumed'] })
 * const { port } = await trigger.listening
 * await fetch(`http://127.0.0.1:${port}/resumed`, { method: 'POST', body: 'clone 7 of 100' })
 * trigger[Symbol.dispose]()
 * ```
 */
export function onHttp(options: HttpTriggerOptions): HttpTrigger {
  if (options === undefined) throw wrongKind('options', 'an object', options)
  checkOptions('options', options)
  const port = checkInteger('port', option(options, 'port', undefined), 0, 65535)
  const host: unknown = option(options, 'host', '127.0.0.1')
  if (typeof host !== 'string') throw wrongKind('host', 'a string', host)
  if (host === '') throw wrongValue('host', 'an address', host) // Node would listen on all of them
  const handle = httpHandler(options)
  refuseInSnapshot('onHttp')

  // Loaded when it is needed: it takes some milliseconds, and fails while a snapshot is built.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer({
    headersTimeout: REQUEST_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: CHECK_INTERVAL,
  })
  let disposed = false
  let arrived = 0 // requests that are here in full and not yet answered
  const closeWhenAnswered = (): void => {
    if (disposed && arrived === 0) server.closeAllConnections()
  }
  server.on('request', (request, response) => {
    request.once('end', () => {
      if (response.closed) return // it was answered before its end
      arrived++
      response.once('close', () => {
        arrived--
        closeWhenAnswered()
      })
    })
    handle(request, response)
  })
  server.on('connection', (socket) => socket.unref())
  const listening = new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
    server.once('close', () => reject(new DOMException('onHttp() was disposed before it listened', 'AbortError')))
  })
  server.listen({ port, host, exclusive: true }).unref()

  const { [Symbol.dispose]: dispose } = disposable(() => {
    disposed = true
    listening.catch(() => {}) // whoever disposes of it need not wait for it
    server.close()
    closeWhenAnswered()
  })
  return { listening, [Symbol.dispose]: dispose }
}
