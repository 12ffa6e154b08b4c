/** What numbers, sequences and ids are made of: a stream of uniform bytes. */
export interface ByteSource {
  /**
   * Fills the first `length` bytes of `out`.
   *
   * If it throws, those bytes are worthless: `out` is the caller's own, and is thrown away with the error.
   */
  draw(out: Uint8Array, length: number): void

  /**
   * The same as a new array, where the source makes one anyway: copying it costs as much as making it.
   *
   * @returns undefined for lengths at which it does not.
   */
  whole?(length: number): Uint8Array<ArrayBuffer> | undefined
}
