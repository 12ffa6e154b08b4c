/** A V8 startup snapshot of a piece of an ES module that draws from the built package. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown'
import { withoutFfiWarning } from './node-child.ts'

const run = promisify(execFile)
/** Where coverage is asked for, the source itself is bundled: code of code has no source map. */
const { NODE_V8_COVERAGE: coverage } = process.env
const built = (name: string): string =>
  fileURLToPath(new URL(coverage ? `../../src/${name}.ts` : `../../dist/${name}.js`, import.meta.url))

/** What a process printed. */
export interface Output {
  stdout: string
  stderr: string
}

/**
 * Bundles `code`, in which 'atfork' and 'atfork/register' mean the built package, to one CommonJS file, builds a
 * snapshot of it, and calls `use` with what the building printed and a function that starts a process from the snapshot.
 *
 * @param settings - The source in place of the built package, how to break it, and how the bundle is written.
 */
export async function withSnapshot<Result>(
  code: string,
  use: (built: Output, start: (...args: string[]) => Promise<Output>, folder: string) => Promise<Result>,
  settings: { atfork?: string; plugins?: InputOptions['plugins']; output?: OutputOptions } = {},
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'atfork-snapshot-'))
  try {
    const input = join(folder, 'entry.mjs')
    writeFileSync(input, code)
    const alias = {
      'atfork/register': built('register'), // before its prefix
      atfork: settings.atfork ?? built('index'),
      ...Object.fromEntries(
        ['nanoid', 'tweetnacl', 'uuid'].map((name) => [name, fileURLToPath(import.meta.resolve(name))]),
      ),
    }
    const { plugins, output } = settings
    const treeshake = !coverage // package.json says of dist/ alone which modules have side effects
    const bundle = await rolldown({
      input,
      platform: 'node',
      logLevel: 'silent',
      resolve: { alias },
      plugins,
      treeshake,
    })
    const file = join(folder, 'bundle.cjs')
    const sourcemap = coverage ? 'inline' : false
    await bundle.write({ file, format: 'cjs', codeSplitting: false, sourcemap, ...output })
    await bundle.close()
    if (coverage) copyFileSync(file, join(coverage, `${basename(folder)}.cjs`))
    const node = async (...args: string[]): Promise<Output> => {
      const command = ['--snapshot-blob', join(folder, 'app.blob'), ...args]
      const { stdout, stderr } = await run(process.execPath, command, { cwd: folder })
      return { stdout, stderr: withoutFfiWarning(stderr) }
    }
    return await use(await node('--build-snapshot', file), node, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
