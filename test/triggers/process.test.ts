/** Triggers in the life of a process: they do not keep it alive, and have no place in a V8 startup snapshot. */
import { spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { request, statuses } from '../support/raw-http.ts'
import { withSnapshot } from '../support/snapshot.ts'
import { vmClockPage } from '../support/vmclock-page.ts'

const SUBPATH = fileURLToPath(new URL('../../dist/triggers.js', import.meta.url))

/** In the folder: a file, and a page like VMClock's. Fires all four triggers, one after the other. */
const FIRE_ALL = `
  const fs = process.getBuiltinModule('fs')
  const http = process.getBuiltinModule('http')
  const { listeners, shared } = globalThis[Symbol.for('atfork:1')]
  const generation = () => shared.table[0]
  const fired = async (fire) => {
    const before = generation()
    const moved = new Promise((resolve) => listeners.push(resolve))
    const awake = setTimeout(() => {}, 50_000)
    await Promise.all([moved, fire()])
    clearTimeout(awake)
    listeners.length = 0
    return generation() - before
  }
  const install = () => {
    const clock = onVmClock('vmclock0', { interval: 2 })
    const server = onHttp({ port: 0, paths: ['/resumed'] })
    return [onSignal('SIGUSR2'), onFileChange('generation', { interval: 2 }), server, clock]
  }
  const page = fs.readFileSync('vmclock0')
  page.writeUInt32LE(4, 12)
  page.writeBigUInt64LE(8n, 104)
  const fireAll = async ([, , server]) => [
    await fired(() => process.kill(process.pid, 'SIGUSR2')),
    await fired(() => (fs.writeFileSync('new', 'two'), fs.renameSync('new', 'generation'))),
    await fired(() => fs.writeFileSync('vmclock0', page, { flag: 'r+' })),
    await fired(async () => {
      const { port } = await server.listening
      const sent = http.request({ port, host: '127.0.0.1', path: '/resumed', method: 'POST', agent: false })
      return new Promise((resolve) => sent.end().on('response', (response) => response.resume().on('end', resolve)))
    }),
  ]`

/** Calls `use` with a folder that has what FIRE_ALL needs. */
const prepared = (use: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'generation'), 'one')
    writeFileSync(join(folder, 'vmclock0'), vmClockPage({ generation: 7n }))
    await use(folder)
  })

test('a process with all four ends by itself, with an HTTP connection left open too', () =>
  prepared(async (cwd) => {
    const program = `
      import { onFileChange, onHttp, onSignal, onVmClock } from ${JSON.stringify(SUBPATH)}
      ${FIRE_ALL}
      const triggers = install()
      const { port } = await triggers[2].listening
      await fired(() => console.log(port)) // by the test's connection, which stays
      const alive = process.getActiveResourcesInfo().filter((type) => /TCP|Timeout|Signal/.test(type))
      console.log(JSON.stringify({ alive, fired: await fireAll(triggers) }))`
    const args = ['--input-type=module', '--eval', program]
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const exited = once(child, 'exit')
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const socket = connect(Number((await lines.next()).value), '127.0.0.1')
      socket.on('error', () => {}) // reset by the process's end
      socket.write(request('POST /resumed', { 'Content-Length': 0 }))
      const [answer] = await once(socket, 'data')
      expect(statuses(String(answer))).toEqual([200])
      // Node closes an idle connection after five seconds: nothing holds the process for that long either.
      expect(JSON.parse((await lines.next()).value)).toEqual({ alive: [], fired: [1, 1, 1, 1] })
      expect(await exited).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  }))

test('while a snapshot is built they are refused; in the processes started from it they work', () =>
  prepared((cwd) =>
    withSnapshot(
      `import { onFileChange, onHttp, onSignal, onVmClock } from ${JSON.stringify(SUBPATH)}
      const refused = [
        () => onSignal('SIGUSR2'), () => onFileChange('x'), () => onHttp({ port: 0 }), () => onVmClock(),
      ].map((install) => {
        try { install() } catch ({ name, code, message }) { return [name, code, message.split(' ')[0]].join(' ') }
      })
      process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(async () => {
        process.chdir(process.argv.at(-1))
        ${FIRE_ALL}
        fs.writeSync(1, JSON.stringify({ refused, fired: await fireAll(install()) }))
      })`,
      async (built, start) => {
        expect(built.stderr).toBe('')
        const { stdout, stderr } = await start(cwd)
        expect(stderr).toBe('')
        expect(JSON.parse(stdout)).toEqual({
          refused: ['onSignal()', 'onFileChange()', 'onHttp()', 'onVmClock()'].map(
            (name) => `TriggerError ERR_TRIGGER_IN_SNAPSHOT ${name}`,
          ),
          fired: [1, 1, 1, 1],
        })
      },
    ),
  ))

test('cluster workers do not share a port, where each request would tell one of them; plain servers do', () =>
  inFolder(async (folder) => {
    const exec = join(folder, 'worker.mjs')
    writeFileSync(
      exec,
      `import { once } from 'node:events'
      import { createServer } from 'node:http'
      import { onHttp } from ${JSON.stringify(SUBPATH)}
      process.on('message', async (kind) => {
        if (kind === 'onHttp') process.send((await onHttp({ port: 0 }).listening).port)
        else {
          const server = createServer().listen(0, '127.0.0.1')
          await once(server, 'listening')
          process.send(server.address().port)
        }
      })
      process.send('ready')`,
    )
    cluster.setupPrimary({ exec, args: [] })
    const workers = [cluster.fork(), cluster.fork()]
    const heard = (): Promise<unknown[]> =>
      Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]))
    const ports = async (kind: string): Promise<number> => {
      const replies = heard()
      for (const worker of workers) worker.send(kind)
      return new Set(await replies).size
    }
    try {
      await heard()
      expect(await ports('onHttp')).toBe(2)
      expect(await ports('createServer'), 'the control').toBe(1)
    } finally {
      const ended = workers.map((worker) => once(worker, 'exit'))
      for (const worker of workers) worker.process.kill('SIGKILL')
      await Promise.all(ended)
    }
  }))
