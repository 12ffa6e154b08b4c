// What the programs here have in common. runForking starts them as `program.mjs addon folder scenario options`; each
// process of a scenario writes what it saw as JSON into the folder.
import { readSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { inspect } from 'node:util'

const [addon, folder, scenario, json] = process.argv.slice(2)
const native = createRequire(import.meta.url)(addon)
const BARRIER = 3

/** What the test wants of the scenario. */
export const options = JSON.parse(json)

/** Writes what this process saw. */
export const report = (name, seen) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(seen))

/** Waits until all processes are there, and does nothing else meanwhile: no event is handled. */
export function arrive() {
  writeFileSync(BARRIER, '.')
  readSync(BARRIER, new Uint8Array(1))
}

/** Runs `main` and nothing after it. Node's own way out would wait for threads that only the parent has. */
async function runChild(main, child) {
  native.dieWithParent()
  process.once('exit', (code) => native.exit(code || 1))
  try {
    await main(child)
    native.exit(0)
  } catch (error) {
    console.error(inspect(error))
    native.exit(1)
  }
}

/**
 * Forks children, which run `main(1)`, `main(2)`, … before any event is handled in them, and end with it.
 *
 * @returns A function that waits until they have ended, and handles no event meanwhile.
 */
export async function forkChildren(count, main) {
  const pids = []
  for (let child = 1; child <= count; child++) {
    const pid = native.fork()
    if (pid === 0) await runChild(main, child)
    if (pid === -1) throw new Error('fork(2) failed')
    pids.push(pid)
  }
  return () => {
    for (const pid of pids) if (native.wait(pid) !== 0) throw new Error(`the child ${pid} failed`)
  }
}

/** Runs the scenario that was asked for. */
export async function main(scenarios) {
  native.dieWithParent()
  await scenarios[scenario]()
  native.exit(0)
}
