// What goes wrong in a process of the soak test, one after the other; each is over when its promise is fulfilled.
import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { failReads, setClock } from './faults.mjs'

const SHORT_LIVED = fileURLToPath(new URL('short-lived.mjs', import.meta.url))
const DAY = 24 * 3600 * 1000
const upTo = (most) => Math.floor(Math.random() * most)
const pickOf = (items) => items[upTo(items.length)]

/** The descriptors of this process, and what stands behind each. */
export function descriptors() {
  const found = new Map()
  for (const fd of fs.readdirSync('/proc/self/fd'))
    try {
      found.set(Number(fd), fs.readlinkSync(`/proc/self/fd/${fd}`))
    } catch {} // that of the folder itself is gone
  return found
}
const devices = () => [...descriptors()].filter(([, file]) => file === '/dev/urandom').map(([fd]) => fd)

/**
 * @param lib - The package.
 * @param newFile - Gives a name for a file of values.
 * @param constant - A file that has the same bytes all over.
 */
export function mischief(lib, faults, url, newFile, constant) {
  /** Lets somebody draw for a while, and kills him in the midst of it. */
  async function killed(child, kill) {
    const ended = once(child, 'exit')
    const early = ended.then((how) => {
      throw new Error(`expected to be killed, ended with ${how}`)
    })
    await Promise.race([once(child, 'message'), early])
    early.catch(() => {})
    await sleep(upTo(100))
    kill()
    await ended
  }
  const kinds = {
    async closed() {
      const fd = pickOf(devices())
      if (fd !== undefined) fs.closeSync(fd)
    },
    async reused() {
      const fd = pickOf(devices())
      if (fd !== undefined) fs.closeSync(fd)
      const other = fs.openSync(constant, 'r')
      await sleep(5)
      fs.closeSync(other)
    },
    async unreadable() {
      failReads(faults, 100 + upTo(100))
      await sleep(5)
    },
    async clock() {
      setClock(faults, pickOf([0, upTo(1000), -upTo(1000), upTo(20 * DAY), -upTo(20 * DAY)]))
    },
    async atfork() {
      lib.atfork(new Uint8Array(16))
    },
    async child() {
      const child = fork(SHORT_LIVED, [url, newFile()])
      await killed(child, () => child.kill('SIGKILL'))
    },
    async worker() {
      cluster.setupPrimary({ exec: SHORT_LIVED, args: [url, newFile()] })
      const { process: child } = cluster.fork()
      await killed(child, () => child.kill('SIGKILL'))
    },
    async thread() {
      const thread = new Worker(SHORT_LIVED, { argv: [url, newFile()] })
      await killed(thread, () => thread.terminate())
    },
  }
  const counts = Object.fromEntries(Object.keys(kinds).map((name) => [name, 0]))
  const run = async (name) => {
    await kinds[name]()
    counts[name]++
  }
  return {
    counts,
    async all() {
      for (const name of Object.keys(kinds)) await run(name)
    },
    one: () => run(pickOf(Object.keys(kinds))),
    end() {
      failReads(faults, 0)
      setClock(faults, 0)
    },
  }
}

/** A file of 64 KiB of one byte. */
export function constantFile(folder) {
  const file = join(folder, 'constant')
  fs.writeFileSync(file, Buffer.alloc(65_536, 0x5a))
  return file
}
