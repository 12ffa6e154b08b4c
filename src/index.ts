/**
 * Randomness that survives being copied.
 *
 * @module
 */
export type { MutableSequence, Sequence } from './draw/draws.ts'
export type { DrbgHash, GenerateOptions, HmacDrbgOptions } from './drbg/hmac-drbg.ts'
export { HmacDrbg } from './drbg/hmac-drbg.ts'
export type { DrbgErrorCode, EntropyErrorCode } from './errors.ts'
export { DrbgError, EntropyError, ForkError } from './errors.ts'
export { atfork } from './lifecycle/atfork.ts'
export type { Random, RandomOptions } from './random.ts'
export { createRandom, random } from './random.ts'
export type { SeededRandom } from './seeded.ts'
export { seeded } from './seeded.ts'
