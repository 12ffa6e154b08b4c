/** The source of this system: chosen by what the platform has, never by what happens to fail. */
import { builtin } from '../builtins.ts'
import { KernelEntropy } from './kernel.ts'
import { PlatformEntropy } from './platform.ts'
import type { EntropySource } from './source.ts'

function choose(): EntropySource {
  const fs = builtin('fs')
  const platform = globalThis.process?.platform
  return fs === undefined || platform === 'win32' ? new PlatformEntropy() : new KernelEntropy(fs, platform)
}

/** One source, hence one descriptor, for all generators of this isolate. */
export const systemEntropy: EntropySource = choose()
