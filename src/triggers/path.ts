/** Paths that are looked at again and again. */
import { resolve } from 'node:path'
import { wrongKind, wrongValue } from '../checks.ts'

/** The absolute path: a later `chdir` changes nothing. */
export function checkPath(label: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongKind(label, 'a string', value)
  if (value === '' || value.includes('\0')) throw wrongValue(label, 'a path', value)
  return resolve(value)
}
