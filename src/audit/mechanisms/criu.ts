/**
 * Processes restored from one CRIU checkpoint, one after the other: each has the same pid. In `criu-twice` the
 * checkpoint is of a process that was itself restored from one, and has drawn since.
 */
import { spawn } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Go, Outcome } from '../hosts/criu.ts'
import { type Column, columnsOf, hostFile, type Mechanism, withFolder } from '../mechanism.ts'
import { type Found, type Job, type Report, UNHEALED } from '../subject.ts'
import { criuObstacle, dump, endOf, fileBy, type Running, restore } from './criu-command.ts'
import { ringlessEnvironment, ringObstacle } from './criu-io-uring.ts'

async function startHost(folder: string, go: string): Promise<Running> {
  const args = [hostFile('criu'), join(folder, 'job.json'), go, String(process.pid)]
  const env = { ...(await ringlessEnvironment(folder)), ...UNHEALED }
  // A session of its own (setsid) and no terminal: what belongs to another process cannot be dumped.
  const host = spawn(process.execPath, args, { cwd: folder, env, stdio: 'ignore', detached: true })
  return { pid: host.pid ?? 0, over: endOf(host, 'the process to be copied') }
}

/** Lets the process draw once. */
async function drawIn(process: Running, goFile: string, go: Go): Promise<Found> {
  writeFileSync(`${goFile}.part`, JSON.stringify(go))
  renameSync(`${goFile}.part`, goFile) // at once, so that it does not read half of it
  await fileBy(process, go.report)
  rmSync(goFile)
  const outcome = JSON.parse(readFileSync(go.report, 'utf8')) as Outcome
  if ('error' in outcome) throw new Error(outcome.error)
  return outcome
}

/** Ends the process, whichever copy of it is alive: if its pid is still that of a process of this folder. */
function endHost(pid: number, folder: string): void {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)) process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** @param generations - How many checkpoints lie between the original and the copies. */
async function run(name: string, job: Job, folder: string, generations: number): Promise<Column[]> {
  const go = (generation: number): string => join(folder, `go-${generation}.json`)
  const images = (generation: number): string => join(folder, `images-${generation}`)
  const report = (name: string): string => join(folder, `report-${name}.json`)

  const originals: Report[] = []
  const found: Found[] = []
  let current = await startHost(folder, go(0))
  const { pid } = current
  try {
    for (let generation = 0; generation < generations; generation++) {
      if (generation > 0) current = await restore(pid, images(generation))
      const next = go(generation + 1)
      originals.push((await drawIn(current, go(generation), { report: report(`original-${generation}`), next })).report)
      // It waits for the next go file now, which does not exist yet.
      await dump(current, images(generation + 1))
    }
    for (let copy = 1; copy <= 2 * job.copies; copy++) {
      current = await restore(pid, images(generations))
      found.push(await drawIn(current, go(generations), { report: report(`copy-${copy}`), heal: copy > job.copies }))
      const failure = await current.over
      if (failure !== undefined) throw new Error(failure)
    }
    return columnsOf(name, originals, found.slice(0, job.copies), found.slice(job.copies))
  } finally {
    endHost(pid, folder)
    await current.over
  }
}

function mechanism(name: string, summary: string, generations: number, seconds: number): Mechanism {
  return {
    name,
    summary,
    needs: 'Linux, root, criu >= 4.1, from Node 22 on gcc',
    byDefault: false,
    seconds,
    obstacle: async () => (await criuObstacle()) ?? ringObstacle(),
    run: (job) => withFolder(job, (folder) => run(name, job, folder, generations)),
  }
}

/** One checkpoint. */
export const criu: Mechanism = mechanism('criu', 'processes restored from one CRIU checkpoint', 1, 3)

/** A checkpoint of a process that was restored from a checkpoint. */
export const criuTwice: Mechanism = mechanism(
  'criu-twice',
  'processes restored from a CRIU checkpoint of a restored process',
  2,
  4,
)
