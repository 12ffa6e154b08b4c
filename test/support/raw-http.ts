/** HTTP as bytes on a socket, for what no client would send. */
import { connect } from 'node:net'

/** Sends `text` and returns all that comes back until the other side closes the connection. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk
    })
    // A reset after the answer is a way to close, too.
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)))
    socket.on('close', () => resolve(received))
  })
}

/** A request as text. What it says of its body is in `headers`. */
export const request = (line: string, headers: Record<string, string | number> = {}, body = ''): string =>
  [
    `${line} HTTP/1.1`,
    'Host: x',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n')

/** The status codes of all answers in a stream of them. */
export const statuses = (received: string): number[] =>
  [...received.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status))
