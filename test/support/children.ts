/**
 * One piece of code in every kind of process: in a plain one, in children that share no memory with their parent, and
 * in copies. The code is the body of a function; it finds the built package in `lib` and returns what it has seen.
 */
import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type TestContext, vi } from 'vitest'
import { fork as forking, runForking } from '../../src/audit/mechanisms/fork.ts'
import { inFolder, reportsIn, requireMechanism } from './clone.ts'
import { runNode, withoutFfiWarning } from './node-child.ts'
import { withSnapshot } from './snapshot.ts'

// runForking looks for what it compiles beside the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => fileURLToPath(new URL(`../../dist/audit/${name}.js`, import.meta.url)),
}))

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const CHILD = here('child-code.mjs')

export type ChildKind = 'plain' | 'cluster' | 'thread' | 'process'

function start(kind: Exclude<ChildKind, 'plain'>, code: string): Worker | ReturnType<typeof fork> {
  if (kind === 'thread') return new Worker(CHILD, { argv: [code] })
  if (kind === 'process') return fork(CHILD, [code])
  cluster.setupPrimary({ exec: CHILD, args: [code] })
  return cluster.fork().process
}

/** Runs it in a new process or thread, in which nothing was copied. It may be asynchronous. */
export async function inChild(kind: ChildKind, code: string): Promise<unknown> {
  if (kind === 'plain') return await runNode(`import * as lib from 'atfork'\nreport(await (async () => {${code}})())`)
  const child = start(kind, code)
  const ended = once(child, 'exit')
  const [answer] = await Promise.race([once(child, 'message'), ended.then(([exit]) => [`ended with ${exit}`])])
  await ended
  return answer
}

/**
 * Runs `before`, synchronously, in a process that a V8 startup snapshot is made of, and `after` in two processes that
 * are started from it. There `kept` is what `before` returned.
 */
export const inSnapshots = (before: string, after: string): Promise<unknown[]> =>
  withSnapshot(
    `import * as lib from 'atfork'
    const kept = (() => {${before}})()
    const print = (value) => process.getBuiltinModule('fs').writeSync(1, JSON.stringify(value))
    process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(async () => print(await (async () => {${after}})()))`,
    async (built, run) => {
      const outputs = [built, await run(), await run()]
      for (const { stderr } of outputs)
        if (withoutFfiWarning(stderr) !== '') throw new Error(`expected no warning, got ${stderr}`)
      return outputs.slice(1).map(({ stdout }) => JSON.parse(stdout))
    },
  )

/** Without gcc the test is skipped, or fails if ATFORK_REQUIRE_ALL is 1. */
export const requireFork = (ctx: TestContext): Promise<void> => requireMechanism(ctx, forking)

/** What a process and two copies of it have seen. */
export interface Forked {
  parent: unknown
  copies: unknown[]
}

/** The same by fork(2): `after` runs in two copies, and then in the parent. */
export const inForks = (before: string, after: string): Promise<Forked> =>
  inFolder(async (folder) => {
    await runForking(folder, here('forking.mjs'), [folder, 'code', JSON.stringify({ before, after })], 0)
    const reports = reportsIn(folder)
    return { parent: reports.get('parent'), copies: ['first', 'second'].map((name) => reports.get(name)) }
  })
