// What the watched programs have in common.
import { openSync, readSync, writeSync } from 'node:fs'

const line = new Uint8Array(1)

/** Says where the program is, and does nothing until it is told to go on. */
export function stop(name) {
  writeSync(1, `${name}\n`)
  readSync(0, line)
}

const script = openSync(process.env.SECRETS, 'r')

/** The next bytes of the test's file of secrets, off V8's heap. They have not been anywhere else in this process. */
export function secret(length) {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  readSync(script, bytes, 0, length, null)
  return bytes
}

/** Lets the garbage collector move what lives, as in a busy program. What has been moved twice stays where it is. */
export function collect() {
  for (let i = 0; i < 3; i++) gc({ type: 'minor' })
}
