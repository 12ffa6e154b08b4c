/**
 * A preload for applications that change no line: `node --require atfork/register app.js`, or `--import`.
 *
 * It watches for copies, as importing 'atfork' does, and guards the random functions of node:crypto and WebCrypto:
 * fresh bytes of `random` are mixed into what they return. docs/register.md says what that reaches and what not.
 *
 * @module
 */
import 'atfork'
import { checkOptions, option, wrongKind } from './checks.ts'
import { define } from './define.ts'
import { guardCrypto, guardMath, unguard } from './register/install.ts'

/** What {@link register} takes. */
export interface RegisterOptions {
  /** Whether to guard `Math.random` too. Default: false; true if the environment variable ATFORK_MATH_RANDOM is 1. */
  mathRandom?: boolean
}

/** What is installed in this isolate, by whichever copy of the package. */
interface Installed {
  guardMath(): void
  unregister(): void
}

const KEY = Symbol.for('atfork:register:1')
const holder = globalThis as { [KEY]?: Installed | undefined }

/**
 * Installs the guards. Importing this module has done so already: call it to guard `Math.random` as well, or again
 * after `unregister()`. However often and by however many copies of this package it is called, each function is
 * guarded once.
 *
 * @param options - See {@link RegisterOptions}.
 * @throws TypeError for options.
 * @example
 * ```ts
 * import { register } from 'atfork/register'
 * register({ mathRandom: true })
 * ```
 */
export function register(options?: RegisterOptions): void {
  checkOptions('options', options)
  const mathRandom: unknown = option(options, 'mathRandom', globalThis.process?.env.ATFORK_MATH_RANDOM === '1')
  if (typeof mathRandom !== 'boolean') throw wrongKind('mathRandom', 'a boolean', mathRandom)
  if (holder[KEY] === undefined) {
    guardCrypto()
    define(holder, KEY, { guardMath, unregister: unguard }, true)
  }
  if (mathRandom) holder[KEY]?.guardMath()
}

/**
 * Takes the guards away: node:crypto and WebCrypto are as they were. What has kept a guard calls Node's own function
 * by it from here on. Copies are still watched for.
 *
 * @example
 * ```ts
 * import { unregister } from 'atfork/register'
 * unregister()
 * ```
 */
export function unregister(): void {
  holder[KEY]?.unregister()
  delete holder[KEY]
}

register()
