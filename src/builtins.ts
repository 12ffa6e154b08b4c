/**
 * Node's own modules, fetched when first needed: an import statement would fail in a browser, `require` prints a
 * warning while a V8 startup snapshot is built, and most programs never need half of them.
 */

/** node:ffi, as far as it is used. It is experimental, and prints a warning when it is loaded. */
export interface NodeFfi {
  dlopen(
    path: null,
    symbols: Record<string, { arguments: string[]; return: string }>,
  ): { functions: Record<string, (...args: unknown[]) => unknown> }
  toString(pointer: unknown): string
}

type Builtins = {
  child_process: typeof import('node:child_process')
  cluster: typeof import('node:cluster')['default']
  crypto: typeof import('node:crypto')
  diagnostics_channel: typeof import('node:diagnostics_channel')
  fs: typeof import('node:fs')
  module: typeof import('node:module')
  'node:ffi': NodeFfi
  stream: typeof import('node:stream')
  timers: typeof import('node:timers')
  v8: typeof import('node:v8')
  worker_threads: typeof import('node:worker_threads')
}

/** The module, or undefined where the runtime has none. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as unknown as Builtins[Name] | undefined
}
