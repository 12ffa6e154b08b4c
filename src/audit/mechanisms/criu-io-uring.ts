/**
 * CRIU cannot dump an io_uring, and libuv opens one for every event loop in Node 22 and later; its variable
 * UV_USE_IO_URING is about another one. So gcc compiles a library that hides io_uring from the process to be copied.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { hostFile, type Obstacle } from '../mechanism.ts'

const run = promisify(execFile)
const source = (): string => join(dirname(hostFile('criu')), '../../native/no-io-uring.c')

/** Whether this Node opens a ring: this process is one, and has the same environment. */
function opensRing(): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('io_uring')
    } catch {
      return false // the descriptor of the folder itself, which is closed by now
    }
  })
}

/** Whether it can be kept from that, if need be. */
export async function ringObstacle(): Promise<Obstacle | undefined> {
  if (!opensRing()) return undefined
  try {
    await run('gcc', ['-fsyntax-only', source()])
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'gcc is not installed' : message.trim()
    return {
      reason: `Node ${process.versions.node} opens an io_uring, which criu cannot dump, and ${reason}`,
      remedy: 'apt-get install gcc libc6-dev, or run it with Node 20',
    }
  }
}

/** An environment in which Node opens no ring. */
export async function ringlessEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  // Node 20 opens one only for who sets this to 1.
  const env: NodeJS.ProcessEnv = { ...process.env, UV_USE_IO_URING: '0' }
  if (!opensRing()) return env
  const library = join(folder, 'no-io-uring.so')
  await run('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source(), '-ldl'])
  return { ...env, LD_PRELOAD: `${library}:${env.LD_PRELOAD ?? ''}` }
}
