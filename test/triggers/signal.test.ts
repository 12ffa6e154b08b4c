/** Real signals to real processes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { onSignal } from '../../src/triggers.ts'
import { runNode } from '../support/node-child.ts'

/** Says 'generation N' at each SIGWINCH and 'event N' after each event; disposes twice at SIGHUP. */
const CHILD = `
  import { onSignal } from 'atfork/triggers'
  const { listeners, shared } = globalThis[Symbol.for('atfork:1')]
  listeners.push(({ generation }) => console.log('event', generation))
  const trigger = onSignal('SIGUSR2')
  process.on('SIGWINCH', () => console.log('generation', shared.table[0]))
  process.on('SIGHUP', () => {
    trigger[Symbol.dispose]()
    trigger[Symbol.dispose]()
    console.log('disposed')
  })
  setTimeout(() => {}, 50_000)
  console.log('ready')`

test('each SIGUSR2 is one atfork(), other signals are none, and none is left after disposing', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value
  const said = (signal: NodeJS.Signals): Promise<string> => {
    child.kill(signal)
    return next()
  }
  try {
    expect(await next()).toBe('ready')
    const before = Number((await said('SIGWINCH')).split(' ')[1])
    expect(await said('SIGWINCH')).toBe(`generation ${before}`)
    for (let i = 1; i <= 3; i++) {
      expect(await said('SIGUSR2')).toBe(`event ${before + i}`)
      expect(await said('SIGWINCH')).toBe(`generation ${before + i}`)
    }
    expect(await said('SIGHUP')).toBe('disposed')
    child.kill('SIGUSR2') // has its own effect again
    expect(await exited).toEqual([null, 'SIGUSR2'])
  } finally {
    child.kill('SIGKILL')
  }
})

test('what a listener throws is an uncaught exception', async () => {
  const seen = await runNode(`
    import { onSignal } from 'atfork/triggers'
    globalThis[Symbol.for('atfork:1')].listeners.push(() => { throw new Error('listener') })
    onSignal('SIGUSR2')
    const timer = setTimeout(() => {}, 50_000)
    process.on('uncaughtException', ({ message }, origin) => {
      report([message, origin])
      clearTimeout(timer)
    })
    process.kill(process.pid, 'SIGUSR2')`)
  expect(seen).toEqual(['listener', 'uncaughtException'])
})

test.each([['SIGNOPE'], ['USR2'], ['sigusr2'], [''], ['SIGKILL'], ['SIGSTOP'], ['SIGSEGV'], ['toString']])(
  'onSignal(%j) is refused',
  (signal) => {
    expect(() => onSignal(signal as NodeJS.Signals)).toThrow(
      new RangeError(
        `"signal" expected the name of a signal that can be caught, such as 'SIGUSR2', got a string of length ${signal.length}`,
      ),
    )
  },
)

test.each([[undefined], [12], [null], [['SIGUSR2']]])('onSignal(%j) is refused', (signal) => {
  expect(() => onSignal(signal as unknown as NodeJS.Signals)).toThrow(TypeError)
})

test('a worker thread, which gets no signals, is told so', async () => {
  const seen = await runNode(`
    import { Worker } from 'node:worker_threads'
    const code = "import('atfork/triggers').then(({ onSignal }) => onSignal('SIGUSR2'))"
    new Worker(code, { eval: true }).on('error', ({ name, code }) => report([name, code]))`)
  expect(seen).toEqual(['TriggerError', 'ERR_TRIGGER_IN_THREAD'])
})
