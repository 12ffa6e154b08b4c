/** The functions that `atfork/register` guards. Read when they are called, as a library does that knows nothing of it. */
import * as crypto from 'node:crypto'

const sixteen = new Uint8Array(16)

export const GUARDED = {
  randomBytes: () => crypto.randomBytes(16),
  randomFillSync: () => crypto.randomFillSync(sixteen),
  getRandomValues: () => crypto.getRandomValues(sixteen),
  randomInt: () => crypto.randomInt(6),
  randomUUID: () => crypto.randomUUID(),
  randomUUIDv7: () => crypto.randomUUIDv7(),
  'webcrypto randomUUID': () => globalThis.crypto.randomUUID(),
}
