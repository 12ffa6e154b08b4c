/** Breaks the source on purpose while it is bundled: what a test that proves something must turn red at. */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'rolldown'

/** A file of the source. */
export const src = (file: string): string => fileURLToPath(new URL(`../../src/${file}`, import.meta.url))

/** `file` is below src/. */
export type Replacement = readonly [file: string, from: string, to: string]

/** Makes each replacement. A text that does not stand in its file exactly once, or in no file of the bundle, is an error. */
export function mutate(replacements: readonly Replacement[]): Plugin {
  const done = new Set<Replacement>()
  return {
    name: 'mutate',
    transform(code, id) {
      let mutated = code
      for (const replacement of replacements) {
        const [file, from, to] = replacement
        if (id !== src(file)) continue
        if (mutated.split(from).length !== 2) throw new Error(`${file} expected once: ${from}`)
        mutated = mutated.replace(from, () => to)
        done.add(replacement)
      }
      return mutated
    },
    buildEnd(error) {
      if (error === undefined && done.size !== replacements.length)
        throw new Error('a file that was to be broken is not part of the build')
    },
  }
}
