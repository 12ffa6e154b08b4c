/**
 * tweetnacl draws from atfork: importing this installs it into the tweetnacl that it resolves.
 *
 * tweetnacl itself takes `crypto.randomBytes`, which repeats after a CRIU restore or a clone of a virtual machine.
 *
 * @module
 */
import { random } from 'atfork'
import nacl from 'tweetnacl'
import { wrongKind } from './checks.ts'

/** What of tweetnacl is needed: its setter. */
export interface Nacl {
  setPRNG(fill: (bytes: Uint8Array, length: number) => void): void
}

/**
 * Lets another copy of tweetnacl (or tweetnacl-compatible library) draw from atfork.
 *
 * @param nacl - The module's object.
 * @throws TypeError if it has no `setPRNG`.
 * @example
 * ```ts
 * import nacl from 'tweetnacl'
 * import { install } from 'atfork/tweetnacl'
 * install(nacl)
 * nacl.box.keyPair() // differs in each copy of this process
 * ```
 */
export function install(nacl: Nacl): void {
  if (typeof nacl?.setPRNG !== 'function') throw wrongKind('nacl', 'tweetnacl, with its setPRNG', nacl)
  nacl.setPRNG((bytes, length) => {
    random.fill(bytes.subarray(0, length))
  })
}

install(nacl)
