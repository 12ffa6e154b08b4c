/** A new child was not copied: nothing is healed there, and nothing in the parent that starts it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { PACKAGE, runNode } from '../support/node-child.ts'

/**
 * Whenever Node fills a cache, or draws otherwise from OpenSSL, async_hooks tells of it. All that has a part in a copy's
 * event is waited for.
 */
const MEMBER = `
import { createHook } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
let fills = 0
createHook({ init: (_, type) => { if (type === 'RANDOMBYTESREQUEST') fills++ } }).enable()
const { atfork, healing, random } = await import(${JSON.stringify(PACKAGE)})
export const draw = async () => {
  random(1e5)
  await turn()
  random.uuid()
  await turn()
  return { healing: healing(), fills }
}
export const heal = () => (atfork(), { healing: healing(), fills })
`

const CHILD = `
import { draw, heal } from './member.mjs'
import { parentPort } from 'node:worker_threads'
const port = parentPort ?? process
const send = parentPort === null ? process.send.bind(process) : parentPort.postMessage.bind(parentPort)
port.once('message', () => send(heal())) // nothing else keeps the child alive, then
send(await draw())
`

const STARTS = {
  'cluster worker': `
    import cluster from 'node:cluster'
    cluster.setupPrimary({ exec: child, execArgv: [] })
    const start = () => cluster.fork()`,
  thread: `
    import { Worker } from 'node:worker_threads'
    const start = () => new Worker(child, { execArgv: [] })`,
  'forked child': `
    import { fork } from 'node:child_process'
    const start = () => fork(child, { execArgv: [] })`,
}

interface Found {
  healing: Record<string, string>
  fills: number
}
const NOT_NEEDED = {
  uuidCache: 'not needed',
  intCache: 'not needed',
  libraryPools: 'not needed',
  openssl: 'not needed',
  detection: 'on',
}

test.each(Object.entries(STARTS))('%s', (_, start) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'member.mjs'), MEMBER)
    writeFileSync(join(folder, 'child.mjs'), CHILD)
    const code = `
      import { once } from 'node:events'
      const child = ${JSON.stringify(join(folder, 'child.mjs'))}
      const { draw } = await import(${JSON.stringify(join(folder, 'member.mjs'))})
      await draw()
      ${start}
      const started = start()
      const [found] = await once(started, 'message')
      const own = await draw()
      started.postMessage ? started.postMessage('heal') : started.send('heal')
      const [control] = await once(started, 'message')
      report([own, found, control])
      process.exit()`
    const [parent, child, control] = (await runNode(code, { env: { NODE_NO_WARNINGS: '1' } })) as Found[]
    expect(parent).toEqual({ healing: NOT_NEEDED, fills: 0 })
    expect(child).toEqual({ healing: NOT_NEEDED, fills: 0 })
    expect(control?.healing).toMatchObject({ uuidCache: 'emptied', intCache: 'emptied', openssl: 'reseeded' })
    expect(control?.fills).toBeGreaterThanOrEqual(2)
  }),
)
