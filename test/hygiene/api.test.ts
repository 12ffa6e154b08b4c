/**
 * The public face is frozen: names, methods with their lengths, error codes, types. A change that breaks users must
 * not happen by accident.
 *
 * To change it on purpose: `npm run build && npx vitest run test/hygiene/api.test.ts -u`, read the difference of
 * api.txt, and say in CHANGELOG.md what has changed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNode } from '../support/node-child.ts'
import { ROOT } from '../support/packed.ts'
import { publicDeclarations } from './declarations.ts'

const ENTRIES = ['index', 'register', 'triggers', 'tweetnacl']

/** Runs in a process of its own, for importing register changes node:crypto. Returns lines. */
const DESCRIBE = `
const describe = (label, value) => {
  if (typeof value !== 'function') return [label + ': ' + typeof value]
  const lines = [label + ': function of ' + value.length]
  const own = (object, skipped, prefix) => {
    for (const name of Object.getOwnPropertyNames(object).sort()) {
      if (skipped.includes(name)) continue
      const { value, get } = Object.getOwnPropertyDescriptor(object, name)
      lines.push('  ' + prefix + name + ': ' + (get ? 'getter' : typeof value === 'function' ? 'method of ' + value.length : typeof value))
    }
  }
  own(value, ['length', 'name', 'prototype'], 'static ')
  // A class's methods, or those that a generator inherits.
  for (let at = value.prototype ?? Object.getPrototypeOf(value); at && at !== Function.prototype && at !== Error.prototype && at !== Object.prototype; at = Object.getPrototypeOf(at))
    own(at, ['constructor'], '')
  return lines
}
const lines = []
for (const entry of ENTRIES) {
  const face = await import(new URL(entry + '.js', DIST))
  lines.push('# ' + entry)
  for (const name of Object.keys(face).sort()) lines.push(...describe(name, face[name]))
}
const { createRandom, seeded, prefork } = await import(new URL('index.js', DIST))
lines.push('# what they return', ...describe('createRandom()', createRandom()), ...describe("seeded('')", seeded('')))
report(lines)`

const described = async (): Promise<string[]> => {
  const dist = JSON.stringify(new URL('../../dist/', import.meta.url).href)
  return (await runNode(`const ENTRIES = ${JSON.stringify(ENTRIES)}; const DIST = ${dist};${DESCRIBE}`)) as string[]
}

test('it is what api.txt says', async () => {
  readFileSync(new URL('api.txt', import.meta.url)) // vitest would write a missing one, and pass
  const types = ENTRIES.flatMap((entry) => [
    `# types of ${entry}`,
    ...publicDeclarations(join(ROOT, `dist/types/${entry}.d.ts`)),
  ])
  const text = ['Do not edit: see api.test.ts.', ...(await described()), ...types, ''].join('\n')
  await expect(text).toMatchFileSnapshot('api.txt')
})
