/**
 * OpenSSL's own generator, from which `crypto.randomBytes`, WebCrypto, key generation and TLS draw. It lives in this
 * process's memory, so that a copy has it too. Node gives no way to reseed it: its `RAND_seed` is called through the
 * runtime's foreign function interface, `node:ffi` where there is one, else the package koffi if it is installed.
 */
import { builtin, type NodeFfi } from '../builtins.ts'

/** What could be done, as {@link Healing} says it. */
export type OpensslOutcome = 'reseeded' | `not reachable: ${string}`

interface Openssl {
  /** "OpenSSL 3.0.19 27 Jan 2026". */
  version: string
  /** RAND_seed(3): adds bytes to the seed; OpenSSL takes fresh ones from the kernel as well. */
  seed: (bytes: Uint8Array, length: number) => void
}

/** `OpenSSL_version(0)`. */
const FULL_VERSION = 0

function throughNode(ffi: NodeFfi): Openssl {
  const { functions } = ffi.dlopen(null, {
    RAND_seed: { arguments: ['buffer', 'i32'], return: 'void' },
    OpenSSL_version: { arguments: ['i32'], return: 'pointer' },
  })
  const seed = functions.RAND_seed as Openssl['seed']
  return { version: ffi.toString(functions.OpenSSL_version?.(FULL_VERSION)), seed }
}

/** As far as it is used. */
interface Koffi {
  load(path: null): { func(declaration: string): (...args: unknown[]) => unknown }
}

function throughKoffi(koffi: Koffi): Openssl {
  const process = koffi.load(null)
  const version = process.func('const char *OpenSSL_version(int type)')
  const seed = process.func('void RAND_seed(const void *buf, int num)') as Openssl['seed']
  return { version: String(version(FULL_VERSION)), seed }
}

/** What the error says, on one line. */
export const reason = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] as string

function load(): Openssl {
  const ffi = builtin('node:ffi')
  if (ffi !== undefined) return throughNode(ffi)
  const require = builtin('module')?.createRequire(import.meta.url)
  if (require === undefined) throw new Error('this runtime has no node:module')
  let koffi: Koffi
  try {
    koffi = require('koffi')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'MODULE_NOT_FOUND' || !message.includes("'koffi'")) throw cause
    throw new Error('this Node has no node:ffi, and the package koffi cannot be required from here: npm install koffi')
  }
  return throughKoffi(koffi)
}

/** A string is a verdict that does not change. */
function find(): Openssl | string {
  // Its RAND_seed does nothing and reports success (Electron, Bun).
  const boring = (process.features as { openssl_is_boringssl?: boolean }).openssl_is_boringssl
  if (boring || process.versions.openssl === undefined) return 'the library of this runtime is not OpenSSL'
  const found = load()
  // What the dynamic loader finds first is another library's where Node hides its own.
  if (found.version.startsWith(`OpenSSL ${process.versions.openssl.replace(/\+.*/, '')}`)) return found
  return `the library that was found is ${found.version}, and this runtime's is ${process.versions.openssl}`
}

/** Looked for when first needed. If that fails it is looked for again: there may have been no descriptor left. */
let found: Openssl | string | undefined

/**
 * Mixes `bytes` into OpenSSL's generator, of which that of each thread takes its seed anew.
 *
 * @throws Error if the foreign function interface cannot be had.
 */
export function reseedOpenssl(bytes: Uint8Array): OpensslOutcome {
  found ??= find()
  if (typeof found === 'string') return `not reachable: ${found}`
  found.seed(bytes, bytes.length)
  return 'reseeded'
}
