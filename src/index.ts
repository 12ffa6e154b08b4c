/**
 * Randomness that survives being copied.
 *
 * @module
 */
export type { MutableSequence, Sequence } from './draw/draws.ts'
export type { DrbgHash, GenerateOptions, HmacDrbgOptions } from './drbg/hmac-drbg.ts'
export { HmacDrbg } from './drbg/hmac-drbg.ts'
export type { DrbgErrorCode, EntropyErrorCode } from './errors.ts'
export { DrbgError, EntropyError, ForkError, HookError } from './errors.ts'
export type { Healing } from './heal/healing.ts'
export { healing } from './heal/healing.ts'
export { atfork } from './lifecycle/atfork.ts'
export type { ForkLocal, ForkLocalOptions } from './lifecycle/fork-local.ts'
export { forkLocal } from './lifecycle/fork-local.ts'
export type { HookOptions, Unregister } from './lifecycle/hooks.ts'
export { postfork } from './lifecycle/hooks.ts'
export type { Prefork } from './lifecycle/prefork.ts'
export { prefork } from './lifecycle/prefork.ts'
export { ready } from './lifecycle/ready.ts'
export type { ForkEvent } from './lifecycle/record.ts'
export type { Random, RandomOptions } from './random.ts'
export { createRandom, random } from './random.ts'
export type { SeededRandom } from './seeded.ts'
export { seeded } from './seeded.ts'
