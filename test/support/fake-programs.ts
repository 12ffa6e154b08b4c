/** Programs that stand in for a machine's own, for what is said where one is missing, too old, or fails. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './clone.ts'

/**
 * Calls `use` while PATH has nothing but these programs.
 *
 * @param programs - Each one's body in sh, by name.
 */
export async function withPrograms<Result>(
  programs: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  return inFolder(async (folder) => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    for (const [name, body] of Object.entries(programs))
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    const { PATH } = process.env
    process.env.PATH = bin
    try {
      return await use(folder)
    } finally {
      process.env.PATH = PATH
    }
  })
}
