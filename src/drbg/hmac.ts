/**
 * HMAC (RFC 2104) on a hash function of @noble/hashes, for many keys one after the other.
 *
 * noble has an HMAC of its own. It is an object of JavaScript numbers for each key; the garbage collector moves such an
 * object while it holds a key, and leaves a copy behind. Here four hashes are made once, are keyed at the beginning of
 * each use, and hold nothing between uses, when objects are moved.
 */
import type { CHash } from '@noble/hashes/utils.js'
import { offHeap, wipe } from '../bytes.ts'
import { type Hash, tidy, wipeWords } from './tidy-hash.ts'

const INNER = 0x36
const OUTER = 0x5c
const NONE = new Uint8Array(0)

/** @internal */
export class Hmac {
  /** H before any input. */
  readonly #start: Hash
  // H(K XOR ipad, …) and H(K XOR opad, …), the two halves of a keyed HMAC.
  readonly #inner: Hash
  readonly #outer: Hash
  readonly #work: Hash
  readonly #pad: Uint8Array
  readonly #digest: Uint8Array

  constructor(hash: CHash) {
    const create = (): Hash => tidy(hash.create())
    this.#start = create()
    this.#inner = create()
    this.#outer = create()
    this.#work = create()
    this.#pad = offHeap(hash.blockLen)
    this.#digest = offHeap(hash.outputLen)
  }

  /** Takes a key of at most one block. It is gone again after {@link forget}. */
  key(key: Uint8Array): void {
    this.#start._cloneInto(this.#inner)
    this.#inner.update(this.#padded(key, INNER))
    this.#start._cloneInto(this.#outer)
    this.#outer.update(this.#padded(key, OUTER))
    wipe(this.#pad)
  }

  #padded(key: Uint8Array, byte: number): Uint8Array {
    const pad = this.#pad
    pad.fill(byte)
    for (let i = 0; i < key.length; i++) pad[i] = (key[i] as number) ^ byte
    return pad
  }

  /** HMAC(key, v ‖ tag ‖ provided[0] ‖ provided[1] ‖ …) into `out`, which may be `v`. */
  mac(out: Uint8Array, v: Uint8Array, tag: Uint8Array = NONE, provided: readonly Uint8Array[] = []): void {
    const work = this.#work
    this.#inner._cloneInto(work)
    work.update(v)
    work.update(tag)
    // By no iterator: whoever replaced that of arrays would take the entropy away, and nothing would show it.
    for (let i = 0; i < provided.length; i++) work.update(provided[i] as Uint8Array)
    work.digestInto(this.#digest)
    this.#outer._cloneInto(work)
    work.update(this.#digest)
    work.digestInto(out)
  }

  /** Wipes the key and what was computed. */
  forget(): void {
    this.#inner.destroy()
    this.#outer.destroy()
    this.#work.destroy()
    wipe(this.#pad, this.#digest)
    wipeWords()
  }
}
