/**
 * Buffers for secrets.
 *
 * A typed array of 64 bytes or less lives on V8's own heap, where the garbage collector moves it and leaves copies
 * behind that nobody can wipe. A view on an explicit ArrayBuffer lives outside, at one address, for all its life.
 */

/** `length` zero bytes that the garbage collector will not copy. */
export const offHeap = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length))

/** The same memory by bytes and by 32-bit integers. (Unsigned ones would be boxed on V8's heap when they are large.) */
export interface Words {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly int32: Int32Array<ArrayBuffer>
}

/** @param length - Bytes, a multiple of 4. */
export function words(length: number): Words {
  const bytes = offHeap(length)
  return { bytes, int32: new Int32Array(bytes.buffer) }
}

/** Overwrites every view with zeros. */
export function wipe(...views: Uint8Array[]): void {
  for (let i = 0; i < views.length; i++) views[i]?.fill(0) // by no iterator, which can be replaced
}

/** Two lower-case digits a byte. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
