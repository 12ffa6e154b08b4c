/** Runs a piece of an ES module in a process of its own, against the built package. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PACKAGE: string = new URL('../../dist/index.js', import.meta.url).href

/**
 * Runs `code` in a new Node process and returns what it passed to `report(value)`, a function that it finds ready.
 * `import … from 'atfork'` means the built package. Whatever it prints on stderr is an error.
 */
export async function runNode(code: string, options: { flags?: string[]; cwd?: string } = {}): Promise<unknown> {
  const program = `import { writeSync } from 'node:fs'
    const report = (value) => writeSync(1, JSON.stringify(value) + '\\n')
    ${code.replaceAll(/from 'atfork'/g, `from ${JSON.stringify(PACKAGE)}`)}`
  const flags = [...(options.flags ?? []), '--input-type=module', '--eval', program]
  const { stdout, stderr } = await run(process.env['ATFORK_NODE'] ?? process.execPath, flags, { cwd: options.cwd })
  if (stderr !== '') throw new Error(`expected nothing on stderr, got ${stderr}`)
  return JSON.parse(stdout)
}
