/** An application that changes no line: `node --require atfork/register`, and one trigger. */

export const COPIES: number = 8
export const CONTROLS: number = 2
/** Less than what is left of each pool. */
export const DRAWS: number = 40

/** What the application draws. A trigger is the only thing of this package that it names. */
export const APPLICATION: string = `
import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { nanoid } from 'nanoid'
import { v4 } from 'uuid'
import { CompactEncrypt } from 'jose'
const SOURCES = {
  randomBytes: () => randomBytes(16).toString('hex'),
  randomUUID: () => randomUUID(),
  randomInt: () => randomInt(2 ** 48 - 1),
  getRandomValues: () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex'),
  nanoid: () => nanoid(),
  uuid: () => v4(),
  jose: async () => {
    const header = { alg: 'dir', enc: 'A256GCM' }
    const token = await new CompactEncrypt(new Uint8Array(1)).setProtectedHeader(header).encrypt(new Uint8Array(32))
    return token.split('.')[2] // the initialization vector
  },
  x25519: () => generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x,
}
const draw = async (count) => {
  const drawn = {}
  for (const [name, one] of Object.entries(SOURCES)) {
    drawn[name] = []
    for (let i = 0; i < count; i++) drawn[name].push(await one())
  }
  return drawn
}
await draw(3)
const triggers = process.env.TRIGGER === '1' ? await import('atfork/triggers') : undefined
`
const NAMES = ['randomBytes', 'randomUUID', 'randomInt', 'getRandomValues', 'nanoid', 'uuid', 'jose', 'x25519']
export type Drawn = Record<string, unknown[]>

/** How many values of each source differ, in all copies together. */
export const distinct = (copies: Drawn[]): Record<string, number> =>
  Object.fromEntries(NAMES.map((name) => [name, new Set(copies.flatMap((copy) => copy[name])).size]))
export const all = (count: number): Record<string, number> => Object.fromEntries(NAMES.map((name) => [name, count]))

export const REGISTER: string[] = ['--require', 'atfork/register']
