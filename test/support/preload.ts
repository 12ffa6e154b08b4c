/** What tests of `atfork/register` start processes with. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from './packed.ts'

/** The built preload, as a path: `--require` takes no URL. */
export const REGISTER: string = fileURLToPath(new URL('../../dist/register.js', import.meta.url))

/** Node's flags for a preload of these files, in this order, the last being ours. */
export const preload = (...files: string[]): string[] => [...files, REGISTER].flatMap((file) => ['--require', file])

/** Installs a second copy of the built package in a folder. Returns its preload. */
export function secondCopy(folder: string): string {
  const modules = join(folder, 'node_modules')
  const copy = join(modules, 'atfork')
  mkdirSync(copy, { recursive: true })
  for (const part of ['dist', 'package.json']) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules', '@noble'), join(modules, '@noble'))
  return join(copy, 'dist', 'register.js')
}
