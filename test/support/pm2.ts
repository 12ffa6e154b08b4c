/** A real PM2, whose daemon and files are this test's own. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inFolder } from './clone.ts'

const run = promisify(execFile)
const BIN = join(createRequire(import.meta.url).resolve('pm2/package.json'), '..', 'bin')
/** The one that stays in the foreground. */
export const PM2_RUNTIME: string = join(BIN, 'pm2-runtime')

/** The daemon's pid, while there is one. */
function daemon(home: string): number | undefined {
  const file = join(home, 'pm2.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * Calls `use` with PM2's command line and its folder (PM2_HOME). The daemon is killed and the folder removed afterwards,
 * whatever happens.
 */
export const withPm2 = (
  use: (pm2: (...args: string[]) => Promise<unknown>, home: string) => Promise<void>,
): Promise<void> =>
  inFolder(async (home) => {
    const env = { ...process.env, PM2_HOME: home }
    const pm2 = (...args: string[]): Promise<unknown> => run(process.execPath, [join(BIN, 'pm2'), ...args], { env })
    try {
      await use(pm2, home)
    } finally {
      const pid = daemon(home)
      await pm2('kill').finally(() => {
        if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
      })
    }
  })
