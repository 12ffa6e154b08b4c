/** The package as its users get it: packed, and installed into an empty project. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { withoutFfiWarning } from './node-child.ts'

const run = promisify(execFile)
/** This project's folder. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

const npm = async (cwd: string, ...args: string[]): Promise<string> =>
  (await run('npm', args, { cwd, env: { ...process.env, npm_config_loglevel: 'error' } })).stdout

/** What would be published, by `npm pack --dry-run`. */
export const packedFiles = async (): Promise<string[]> =>
  JSON.parse(await npm(ROOT, 'pack', '--dry-run', '--ignore-scripts', '--json'))[0].files.map(
    ({ path }: { path: string }) => path,
  )

/**
 * A new project with this package, installed from its tarball. The dependency and tweetnacl are this project's, so
 * that no network is needed.
 */
export async function installPacked(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'atfork-packed-'))
  await npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) as string
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const local = ['@noble/hashes', 'tweetnacl'].map((name) => `file:${join(ROOT, 'node_modules', name)}`)
  await npm(folder, 'install', '--offline', '--no-audit', '--no-fund', '--install-links', `./${tarball}`, ...local)
  return folder
}

/** Runs a module of that project and returns what it printed. Whatever it prints on stderr is an error. */
export function runIn(folder: string, name: string, code: string): Promise<string> {
  writeFileSync(join(folder, name), code)
  return runFile(folder, name)
}

/** The same for one that is there. */
export async function runFile(folder: string, name: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder })
  if (withoutFfiWarning(stderr) !== '') throw new Error(`${name} printed on stderr: ${stderr}`)
  return stdout
}
