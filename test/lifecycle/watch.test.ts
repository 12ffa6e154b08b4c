/** What is installed at import, once in an isolate; and the warning about a preload that Node passes over. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const seen: string[] = []
let channels: object | undefined
let isolate: { watched: boolean }
const does = (name: string) => (): void => void seen.push(name)

beforeEach(() => {
  vi.resetModules()
  seen.length = 0
  isolate = { watched: false }
  channels = { subscribe: (channel: string, action: () => void) => seen.push(`${channel}: ${action.name}`) }
  vi.doMock('../../src/builtins.ts', () => ({ builtin: () => channels }))
  vi.doMock('../../src/startup-snapshot.ts', () => ({
    afterDeserialize: does('after deserialising'),
    beforeSerialize: does('before serialising'),
  }))
  vi.doMock('../../src/lifecycle/atfork.ts', () => ({ recordBirth: does('birth'), recordSnapshot: does('snapshot') }))
  vi.doMock('../../src/lifecycle/hooks.ts', () => ({ runPreforkAtOnce: does('prefork') }))
  vi.doMock('../../src/lifecycle/identity.ts', () => ({ locate: () => undefined, noticeCopy: does('look') }))
  vi.doMock('../../src/lifecycle/record.ts', () => ({ expirePools() {}, isolate, resumeSharing() {} }))
})
afterEach(() => {
  for (const name of [
    'builtins',
    'startup-snapshot',
    ...['atfork', 'hooks', 'identity', 'record'].map((n) => `lifecycle/${n}`),
  ])
    vi.doUnmock(`../../src/${name}.ts`)
  Reflect.deleteProperty(globalThis, Symbol.for('atfork:register:1'))
})

describe('watch()', () => {
  const watch = async (): Promise<boolean> => (await import('../../src/lifecycle/watch.ts')).watch()

  test('the first copy of the package installs all, a second nothing but its own place', async () => {
    expect(await watch()).toBe(true)
    expect(seen).toEqual([
      'after deserialising',
      'look',
      'child_process: expirePools',
      'worker_threads: expirePools',
      'before serialising',
      'after deserialising',
    ])
    expect(isolate.watched).toBe(true)
    seen.length = 0
    expect(await watch()).toBe(false)
    expect(seen).toEqual(['after deserialising'])
  })

  test('where there are no diagnostics channels it does without', async () => {
    channels = undefined
    expect(await watch()).toBe(true)
    expect(seen).toEqual(['after deserialising', 'look', 'before serialising', 'after deserialising'])
  })
})

describe('--import=atfork/register in a process started from a snapshot', () => {
  const WARNING = [
    'Node ignores --import in a process started from a snapshot, and so atfork/register is not loaded',
    { code: 'ATFORK_IMPORT_IGNORED', detail: 'Use --require=atfork/register.' },
  ]
  async function warningsOf(execArgv: string[], options: string | undefined, meanwhile = () => {}): Promise<unknown[]> {
    const { warnOfIgnoredImport } = await import('../../src/lifecycle/ignored-import.ts')
    const { execArgv: before } = process
    const later: (() => void)[] = []
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const nextTick = vi.spyOn(process, 'nextTick').mockImplementation((action) => void later.push(action as () => void))
    process.execArgv = execArgv
    vi.stubEnv('NODE_OPTIONS', options)
    warnOfIgnoredImport()
    process.execArgv = before
    vi.unstubAllEnvs()
    nextTick.mockRestore()
    expect(emitWarning).not.toHaveBeenCalled() // a --require comes later
    meanwhile()
    for (const action of later) action()
    const { calls } = emitWarning.mock
    emitWarning.mockRestore()
    return calls
  }

  test.each<[string, string[], string | undefined]>([
    ['as one argument', ['--import=atfork/register'], undefined],
    ['as two', ['--no-warnings', '--import', 'file:///srv/node_modules/atfork/dist/register.js'], undefined],
    ['in NODE_OPTIONS', [], '--import=atfork/register'],
  ])('%s: a warning', async (_, execArgv, options) => {
    expect(await warningsOf(execArgv, options)).toEqual([WARNING])
  })

  test.each<[string, string[], string | undefined]>([
    ['not asked for', ['--require=atfork/register'], undefined],
    ['another preload', ['--import=tsx'], '--import=atfork'],
  ])('%s: none', async (_, execArgv, options) => {
    expect(await warningsOf(execArgv, options)).toEqual([])
  })

  test('loaded in another way: none', async () => {
    const load = (): void => void Reflect.set(globalThis, Symbol.for('atfork:register:1'), {})
    expect(await warningsOf(['--import=atfork/register'], undefined, load)).toEqual([])
  })
})
