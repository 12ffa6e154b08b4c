/**
 * A cluster worker, worker thread or child process of the audit: says that it is ready, waits until all are, draws,
 * and sends its report.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { type Job, loadSubject } from '../subject.ts'

const job: Job = isMainThread ? JSON.parse(process.argv[2] as string) : workerData
const send = (message: unknown): void => {
  if (parentPort !== null) parentPort.postMessage(message)
  else process.send?.(message)
}

const subject = await loadSubject(job)
const started = async (): Promise<void> => send(await subject.draw())
if (parentPort !== null) parentPort.once('message', started)
else process.once('message', started)
send('ready')
