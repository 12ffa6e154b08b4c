/** The built package in a folder of its own, from where none of this project's packages is found but the dependency. */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PACKAGE } from './node-child.ts'

/** @returns Its URL. */
export function strayCopy(folder: string): string {
  const hashes = dirname(fileURLToPath(import.meta.resolve('@noble/hashes/sha2.js')))
  mkdirSync(join(folder, 'node_modules/@noble'), { recursive: true })
  cpSync(hashes, join(folder, 'node_modules/@noble/hashes'), { recursive: true })
  copyFileSync(fileURLToPath(PACKAGE), join(folder, 'index.mjs'))
  return pathToFileURL(join(folder, 'index.mjs')).href
}
