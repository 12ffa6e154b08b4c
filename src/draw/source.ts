/** What numbers, sequences and ids are made of: a stream of uniform bytes. */
export interface ByteSource {
  /**
   * Fills the first `length` bytes of `out`.
   *
   * If it throws, those bytes are worthless: `out` is the caller's own, and is thrown away with the error.
   */
  draw(out: Uint8Array, length: number): void
}
