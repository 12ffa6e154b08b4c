/**
 * Families of real processes: a parent that has drawn, and children that start behind a barrier and draw at once. The
 * same program runs in all of them, whether they are cluster workers, threads, child processes or processes started
 * from a V8 startup snapshot; it draws from the built package.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { rolldown } from 'rolldown'
import { withoutFfiWarning } from './node-child.ts'

/** What a family does. */
export interface Plan {
  children: number
  /** How many bytes the parent draws before there are any children. */
  before: number
  /** What each member draws, in bytes. */
  sizes: number[]
  /** Whether each child calls atfork() by hand first. */
  atfork: boolean
  /** Of the control, which all members know. */
  seed: string
}

/** What one member drew, in hex: from `random`, and from a generator seeded by what the parent handed down. */
export interface Drawn {
  random: string[]
  control: string[]
}

export const MECHANISMS = ['cluster', 'thread', 'process', 'snapshot'] as const
export type MechanismName = (typeof MECHANISMS)[number]

const MEMBER = fileURLToPath(new URL('family-member.mjs', import.meta.url))
const CHILD = fileURLToPath(new URL('family-child.mjs', import.meta.url))
const run = promisify(execFile)

type Child = ChildProcess | Worker | ReturnType<typeof cluster.fork>

function start(mechanism: MechanismName, plan: Plan): Child {
  const plain = JSON.stringify(plan)
  if (mechanism === 'thread') return new Worker(CHILD, { argv: [plain] })
  if (mechanism === 'process') return fork(CHILD, [plain])
  cluster.setupPrimary({ exec: CHILD, args: [plain] })
  return cluster.fork()
}

/** The first is the parent's. */
async function startFamily(mechanism: MechanismName, plan: Plan): Promise<Drawn[]> {
  const { draw } = (await import(MEMBER)) as { draw: (plan: Plan, parent: boolean) => Drawn }
  const parent = draw(plan, true)
  const children = Array.from({ length: plan.children }, () => start(mechanism, plan))
  await Promise.all(children.map((child) => once(child, 'message'))) // the barrier
  const reports = children.map(async (child): Promise<Drawn> => {
    const ended = once(child, 'exit')
    const report = once(child, 'message')
    if (child instanceof Worker) child.postMessage('go')
    else child.send('go')
    // A cluster worker's message event has the message first, too.
    const [drawn] = await report
    await ended
    return drawn
  })
  return [parent, ...(await Promise.all(reports))]
}

/** A snapshot is built by a process that has drawn; the children are started from it, all at once. */
async function startFromSnapshot(plan: Plan): Promise<Drawn[]> {
  const folder = mkdtempSync(join(tmpdir(), 'atfork-family-'))
  try {
    const input = join(folder, 'entry.mjs')
    const file = join(folder, 'bundle.cjs')
    const blob = join(folder, 'snapshot.blob')
    writeFileSync(
      input,
      `import { draw } from ${JSON.stringify(MEMBER)}
      const plan = ${JSON.stringify(plan)}
      const print = (drawn) => process.getBuiltinModule('fs').writeSync(1, JSON.stringify(drawn))
      print(draw(plan, true))
      process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(() => print(draw(plan, false)))`,
    )
    const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' })
    await bundle.write({ file, format: 'cjs', codeSplitting: false })
    await bundle.close()
    const node = async (...args: string[]): Promise<Drawn> => {
      const { stdout, stderr } = await run(process.execPath, ['--snapshot-blob', blob, ...args])
      if (withoutFfiWarning(stderr) !== '') throw new Error(`expected no warning, got ${stderr}`)
      return JSON.parse(stdout)
    }
    const parent = await node('--build-snapshot', file)
    return [parent, ...(await Promise.all(Array.from({ length: plan.children }, () => node())))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What all members of a family drew, the parent first. */
export const family = (mechanism: MechanismName, plan: Plan): Promise<Drawn[]> =>
  mechanism === 'snapshot' ? startFromSnapshot(plan) : startFamily(mechanism, plan)
