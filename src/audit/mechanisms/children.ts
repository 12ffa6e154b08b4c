/**
 * Cluster workers, worker threads and child processes. Nothing is copied here: each starts with fresh memory. What can
 * repeat is what a parent hands down, as it does to the control.
 */
import { ChildProcess, fork } from 'node:child_process'
import cluster, { type Worker as ClusterWorker } from 'node:cluster'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { hostFile, type Mechanism } from '../mechanism.ts'
import { type Job, loadSubject, type Report } from '../subject.ts'

/** What the three kinds of children have in common. */
type Child = ChildProcess | ClusterWorker | Worker

/** What a user's module prints goes to stderr: on stdout there is the result alone. */
const STDIO: (number | 'ignore' | 'ipc')[] = ['ignore', 2, 2, 'ipc']

const tell = (child: Child): void => {
  if (child instanceof Worker) child.postMessage('go')
  else child.send('go')
}

/** A source may keep its process alive: what has reported, or hangs as another failed, is not waited for. */
async function end(child: Child): Promise<void> {
  if (child instanceof Worker) await child.terminate()
  else (child instanceof ChildProcess ? child : child.process).kill('SIGKILL')
}

/** The next message, or an error if the child ends before it. */
async function message(child: Child): Promise<unknown> {
  const over = new AbortController()
  const ended = once(child, 'exit', { signal: over.signal }).then(([code]) => {
    throw new Error(`a child ended early, with exit code ${code}`)
  })
  try {
    return (await Promise.race([once(child, 'message', { signal: over.signal }), ended]))[0]
  } finally {
    over.abort()
    ended.catch(() => {}) // the abort, once the message has come
  }
}

async function run(job: Job, name: string, start: (job: Job) => Child): Promise<{ name: string; reports: Report[] }[]> {
  const original = await (await loadSubject(job)).draw()
  const children = Array.from({ length: job.copies }, () => start(job))
  try {
    // The barrier: nobody draws before all have started.
    await Promise.all(children.map(message))
    const reports = children.map((child) => {
      const report = message(child)
      tell(child)
      return report as Promise<Report>
    })
    return [{ name, reports: [original, ...(await Promise.all(reports))] }]
  } finally {
    await Promise.all(children.map(end))
  }
}

function mechanism(name: string, summary: string, start: (job: Job) => Child): Mechanism {
  return {
    name,
    summary,
    needs: 'nothing',
    byDefault: true,
    seconds: 1,
    obstacle: async () => undefined,
    run: (job) => run(job, name, start),
  }
}

/** node:cluster's workers. */
export const clusterWorkers: Mechanism = mechanism('cluster', 'workers of node:cluster', (job) => {
  cluster.setupPrimary({ exec: hostFile('child'), args: [JSON.stringify(job)], stdio: STDIO })
  return cluster.fork()
})

/** node:worker_threads' threads. */
export const workerThreads: Mechanism = mechanism('thread', 'threads of node:worker_threads', (job) => {
  const thread = new Worker(hostFile('child'), { workerData: job, stdout: true })
  thread.stdout.on('data', (text) => process.stderr.write(text))
  return thread
})

/** child_process.fork's processes. */
export const childProcesses: Mechanism = mechanism('process', 'processes of child_process.fork', (job) =>
  fork(hostFile('child'), [JSON.stringify(job)], { stdio: STDIO }),
)
