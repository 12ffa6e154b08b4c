/** Where entropy comes from. */
export interface EntropySource {
  /** `kernel`: a device of the operating system. `platform`: what the runtime offers where there is no such device. */
  readonly kind: 'kernel' | 'platform'
  /**
   * Checks that the source is what it should be. At each refill.
   *
   * @throws EntropyError
   */
  check(): void
  /**
   * Fills `length` (at least 8) bytes of `out` from `start`, all of them fresh.
   *
   * @throws EntropyError, and then what is in `out` must not be used.
   */
  read(out: Uint8Array, start: number, length: number): void
}

/** The fewest bytes of one read: so many are compared with those of the read before. */
export const MIN_READ = 8
