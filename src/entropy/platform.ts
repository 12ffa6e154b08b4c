/**
 * What the runtime offers where the system has no random device: Windows, browsers. Its state may be in this process
 * and be copied with it, so copies are told apart by clocks and by what `atfork(extra)` was given, no better.
 */
import { EntropyError } from '../errors.ts'
import type { EntropySource } from './source.ts'

/** WebCrypto's limit for one call. */
const MAX_BYTES = 65_536

/** @internal */
export class PlatformEntropy implements EntropySource {
  readonly kind = 'platform'
  // As it was at import.
  readonly #getRandomValues: Crypto['getRandomValues'] | undefined = globalThis.crypto?.getRandomValues?.bind(
    globalThis.crypto,
  )

  check(): void {
    if (this.#getRandomValues === undefined)
      throw new EntropyError(
        'ERR_ENTROPY_SOURCE_MISSING',
        'no /dev/urandom on this platform and no globalThis.crypto.getRandomValues: use a runtime that has WebCrypto',
      )
  }

  read(out: Uint8Array<ArrayBuffer>, start: number, length: number): void {
    this.check()
    try {
      for (let done = 0; done < length; done += MAX_BYTES)
        this.#getRandomValues?.(out.subarray(start + done, start + Math.min(done + MAX_BYTES, length)))
    } catch (cause) {
      const what = 'globalThis.crypto.getRandomValues failed: see the cause, and draw again'
      throw new EntropyError('ERR_ENTROPY_SOURCE_UNREADABLE', what, { cause })
    }
  }
}
