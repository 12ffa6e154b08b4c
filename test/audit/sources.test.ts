/** What the audit draws from: built-in sources, libraries that a project has, and a user's own functions. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { type Cell, compareColumn } from '../../src/audit/compare.ts'
import { LIBRARIES, librarySources } from '../../src/audit/libraries.ts'
import { childProcesses } from '../../src/audit/mechanisms/children.ts'
import { snapshot } from '../../src/audit/mechanisms/snapshot.ts'
import { CONTROL, SOURCES, userSources } from '../../src/audit/sources.ts'
import {
  createSubject,
  defaultSources,
  known,
  loadSubject,
  type Report,
  type SourceRef,
} from '../../src/audit/subject.ts'
import { columnOf } from '../support/clone.ts'
import { slow } from '../support/slow.ts'

const run = promisify(execFile)
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
// What is bundled for a snapshot is the built package.
vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string): string => join(root, 'dist/audit', `${name}.js`),
}))

const MIXED = 'crypto.randomInt (mixed)'
const DRAWS = 64
const folder = mkdtempSync(join(tmpdir(), 'atfork-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** Draws in one process, that was not copied. */
async function report(sources: SourceRef[], draws = DRAWS): Promise<Report> {
  return (await loadSubject({ sources, copies: 1, draws, seed: 'seed', guard: false })).draw()
}

const repeats = (values: readonly unknown[]): number => values.length - new Set(values).size

describe('built-in sources', () => {
  test('random is the first and the control the last, whatever is added', () => {
    const names = defaultSources([{ name: 'added' }]).map(({ name }) => name)
    expect(names).toEqual([...[...SOURCES.keys()].slice(0, -1), 'added', CONTROL])
    expect(names[0]).toBe('random')
    expect(defaultSources().map(({ name }) => name)).toEqual([...SOURCES.keys()])
  })

  test.each([...SOURCES])('%s draws some 16 bytes, each once, and has a remedy', async (name, source) => {
    expect(source.remedy).not.toBe('')
    expect(known(name)).toBe(source)
    const [drawn] = await report([{ name }])
    expect(drawn).toMatchObject({ name, comparison: source.comparison, bytes: source.comparison === 'uniform' })
    expect(drawn?.error).toBeUndefined()
    if (name === MIXED) return // below
    expect(drawn?.values.length).toBeGreaterThanOrEqual(DRAWS)
    expect(repeats(drawn?.values ?? [])).toBe(0)
    if (drawn?.bytes) for (const hex of drawn.values) expect(hex).toMatch(/^([0-9a-f]{16}){2,}$/) // whole blocks
  })

  test('of two made from one seed, the control repeats and no other does', async () => {
    const sources = defaultSources().filter(({ name }) => name !== MIXED)
    const reports = [await report(sources), await report(sources)]
    const found = compareColumn({ name: 'none', reports }).filter(({ verdict }) => verdict !== 'distinct')
    expect(found).toMatchObject([{ source: CONTROL, verdict: 'repeats', repeats: 2 * DRAWS, alone: 0 }])
  })
})

describe(MIXED, () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.doUnmock('node:crypto')
    vi.resetModules()
  })

  test('repeats within one process, and is drawn once whatever the audit asks for', async () => {
    const reports = [await report([{ name: MIXED }], 2), await report([{ name: MIXED }], 4096)]
    for (const [drawn] of reports) expect(drawn?.values).toHaveLength(1400)
    const [cell] = compareColumn({ name: 'none', reports })
    expect(cell?.verdict).toBe('repeats')
    expect(cell?.alone).toBe(cell?.repeats)
    // Control: the calls without a callback, by themselves, do not.
    const plain = [await report([{ name: 'crypto.randomInt' }], 250), await report([{ name: 'crypto.randomInt' }], 250)]
    expect(compareColumn({ name: 'none', reports: plain })).toMatchObject([
      { verdict: 'distinct', repeats: 0, alone: 0, values: 1500 },
    ])
  })

  async function withRandomInt(randomInt: (max: number, done?: (error: Error | null, n: number) => void) => number) {
    vi.resetModules()
    vi.doMock('node:crypto', async (original) => ({ ...(await original<object>()), randomInt }))
    const fresh = await import('../../src/audit/sources.ts')
    return fresh.SOURCES.get(MIXED)?.make('seed') as () => Promise<number[]>
  }

  test('is an error where no callback comes, as in a copy that lost its threads', async () => {
    const draw = await withRandomInt(() => 1)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const drawn = expect(draw()).rejects.toThrow('no callback within 10000 ms')
    vi.runAllTimers()
    await drawn
  })

  test('is an error where a callback brings one', async () => {
    const draw = await withRandomInt((_, done) => {
      done?.(new Error('no entropy'), 0)
      return 1
    })
    await expect(draw()).rejects.toThrow('no entropy')
  })
})

describe('libraries', () => {
  test('this project has all of them; each draws, and nothing twice', async () => {
    const sources = await librarySources(root)
    expect(sources.map(({ name }) => name)).toEqual([...LIBRARIES.keys()])
    for (const drawn of await report(sources)) {
      const library = LIBRARIES.get(drawn.name)
      expect(library?.remedy).not.toBe('')
      expect(drawn).toMatchObject({ comparison: library?.comparison, bytes: library?.comparison === 'uniform' })
      expect(drawn.error, drawn.name).toBeUndefined()
      expect(drawn.values.length, drawn.name).toBeGreaterThanOrEqual(DRAWS)
      expect(repeats(drawn.values), drawn.name).toBe(0)
    }
  })

  test('of two that are made, none repeats: no seed of theirs is fixed', async () => {
    const sources = await librarySources(root)
    const reports = [await report(sources), await report(sources)]
    expect(compareColumn({ name: 'none', reports }).filter(({ verdict }) => verdict !== 'distinct')).toEqual([])
  })

  test('those with a pool or a counter of their own repeat in a snapshot, and not in child processes', async (ctx) => {
    slow(ctx)
    const sources = defaultSources(await librarySources(root))
    const mechanisms = [childProcesses, snapshot]
    const { cells, notRun } = await audit({ mechanisms, sources, copies: 3, draws: DRAWS }, () => {})
    expect(notRun).toEqual([])
    const names = sources.map(({ name }) => name)
    for (const column of ['process', 'snapshot'])
      expect(columnOf(cells, column).map(({ source }) => source)).toEqual(names)
    expect(cells.filter(({ verdict }) => !['distinct', 'repeats'].includes(verdict))).toEqual([])
    const repeating = (wanted: string): string[] =>
      cells.filter(({ column, verdict }) => column === wanted && verdict === 'repeats').map(({ source }) => source)
    expect(repeating('process')).toEqual([MIXED, CONTROL])
    const nodes = ['crypto.randomUUID', 'crypto.randomInt', MIXED]
    const copied = ['nanoid', 'uuid v4', 'hyperid', 'seedrandom', 'random-js']
    // Two copies that make one in the same millisecond may repeat it.
    const timed = new Set(['uuid v1', 'uuid v7', 'ulid'])
    expect(repeating('snapshot').filter((name) => !timed.has(name))).toEqual([...nodes, ...copied, CONTROL])
  })

  test("are the project's own, ES modules and CommonJS, and only the makers that its versions have", async () => {
    const manifest = (name: string, main: object): void => {
      write(`project/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...main }))
    }
    // Resolves for an import only.
    manifest('uuid', { type: 'module', exports: { import: './only.js' } })
    write('project/node_modules/uuid/only.js', 'let n = 0; export const v4 = () => "fake-" + n++')
    manifest('tweetnacl', { main: 'nacl.js' })
    const fill = 'Uint8Array.from({ length }, () => 7)'
    write(
      'project/node_modules/tweetnacl/nacl.js',
      `(function (x) { x.randomBytes = (length) => ${fill} })(module.exports)`,
    )
    manifest('nanoid', { main: 'broken.js' })
    write('project/node_modules/nanoid/broken.js', 'throw new Error("broken")')
    const sources = await librarySources(join(folder, 'project'))
    expect(sources.map(({ name }) => name)).toEqual(['uuid v4', 'tweetnacl'])
    const url = (path: string): string => pathToFileURL(join(folder, 'project/node_modules', path)).href
    expect(sources.map(({ from }) => from)).toEqual([{ url: url('uuid/only.js') }, { url: url('tweetnacl/nacl.js') }])
    const [ids, bytes] = await report(sources, 2)
    expect(ids?.values).toEqual(['fake-63', 'fake-64'])
    expect(bytes?.values).toEqual(['07'.repeat(16), '07'.repeat(16)])
  })

  test('a project without any has none; a folder that is not there is an error', async () => {
    mkdirSync(join(folder, 'empty'))
    expect(await librarySources(join(folder, 'empty'))).toEqual([])
    await expect(librarySources(join(folder, 'gone'))).rejects.toThrow('ENOENT')
  })
})

describe("a user's own functions", () => {
  const CODE = `
    import { randomBytes, randomUUID } from 'node:crypto'
    export const asBigint = () => randomBytes(8).readBigUInt64LE()
    export const asBuffer = async () => randomBytes(16)
    export const asNumber = () => Math.random()
    export const asString = () => 's_' + randomUUID()
    export const asTyped = () => new Uint32Array(randomBytes(16).buffer.slice(0, 16))
    export const asView = () => new DataView(Uint8Array.from(randomBytes(10)).buffer, 2)
    export default () => [randomUUID(), randomUUID()]
    export const fixed = () => 'prod'
    export class Id {}
    export function object() { return {} }
    export function throws() { throw new RangeError('none left') }
    export const text = 'no function'`

  test('every one that a module exports is a source of its own', async () => {
    const file = write('ids.mjs', CODE)
    const sources = await userSources(file)
    const makers = ['asBigint', 'asBuffer', 'asNumber', 'asString', 'asTyped', 'asView']
    const names = [...makers, 'default', 'fixed', 'object', 'throws']
    const url = pathToFileURL(file).href
    expect(sources).toEqual(names.map((name) => ({ name: `${name} (ids.mjs)`, from: { url, export: name } })))
    for (const source of sources) expect(known(source.name)).toBeUndefined()
    const reports = [await report(sources), await report(sources)]
    const drawn = reports[0] ?? []
    expect(drawn.map(({ comparison }) => comparison)).toEqual(names.map(() => 'auto'))
    expect(drawn.filter(({ bytes }) => bytes).map(({ name }) => name)).toEqual([
      'asBuffer (ids.mjs)',
      'asTyped (ids.mjs)',
      'asView (ids.mjs)',
    ])
    const patterns = [
      /^\d{9,20}$/,
      /^[0-9a-f]{32}$/,
      /^\d\.[\de-]+$/,
      /^s_[0-9a-f-]{36}$/,
      /^[0-9a-f]{32}$/,
      /^[0-9a-f]{16}$/,
    ]
    for (const [i, pattern] of patterns.entries()) expect(drawn[i]?.values[0], names[i]).toMatch(pattern)
    const verdicts = compareColumn({ name: 'none', reports }).map(({ verdict }) => verdict)
    expect(verdicts).toEqual([...new Array(7).fill('distinct'), 'constant', 'failed', 'failed'])
    expect(drawn.at(-1)?.error).toBe('RangeError: none left')
    expect(drawn.at(-2)?.error).toContain('expected to return a string, number, bigint, Buffer or typed array')
  })

  test.for([64, 127, 128])('all that share one pool are caught, at %i draws', async (draws, ctx) => {
    if (draws !== 64) slow(ctx)
    const code = "import { randomUUID } from 'node:crypto'\n"
    const makers = ['a', 'b', 'c'].map((name) => `export const ${name} = () => '${name}' + randomUUID()`)
    const file = write('uuids.mjs', code + makers.join('\n'))
    const sources = [...(await userSources(file)), { name: CONTROL }]
    const { cells, notRun } = await audit({ mechanisms: [snapshot], sources, copies: 2, draws }, () => {})
    expect(notRun).toEqual([])
    expect(columnOf(cells, 'snapshot').map(({ verdict }) => verdict)).toEqual(Array(4).fill('repeats'))
  })

  test('one that memory repeats is caught', async () => {
    const file = write('counter.mjs', 'let n = 1000\nexport const next = () => "id_" + n++')
    const sources = [...(await userSources(file)), { name: CONTROL }]
    const { cells, notRun } = await audit({ mechanisms: [snapshot], sources, copies: 3, draws: DRAWS }, () => {})
    expect(notRun).toEqual([])
    expect(columnOf(cells, 'snapshot')).toMatchObject([
      { source: 'next (counter.mjs)', verdict: 'repeats', repeats: 2 * DRAWS, alone: 0 },
      { source: CONTROL, verdict: 'repeats' },
    ])
  })

  /** Runs the command, whose imports are Node's own. */
  const command = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    run(process.execPath, [join(root, 'dist/cli.js'), 'audit', '--only', 'process', '--json', ...args], {
      cwd: folder,
    }).then(
      (ended) => ({ code: 0, ...ended }),
      (error) => error,
    )

  test('a CommonJS module exports each once, and the command takes it', async () => {
    write('ids.cjs', 'module.exports = function make() { return Math.random() }')
    const { code, stdout } = await command('ids.cjs', '--copies', '2')
    const { cells }: { cells: Cell[] } = JSON.parse(stdout)
    const own = cells.filter(({ source }) => source.includes('ids.cjs'))
    expect(own).toMatchObject([{ source: 'default (ids.cjs)', verdict: 'distinct' }])
    expect(code).toBe(0)
  })

  test('the command ends with exit code 2 if there is nothing to draw from', async () => {
    const { code, stdout, stderr } = await command('nothing.mjs')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^atfork: error: 'nothing.mjs' is no file\natfork: hint: /)
  })

  test.each([
    ['gone.mjs', undefined, "gone.mjs' is no file"],
    ['broken.mjs', 'export const = 1', "broken.mjs' does not load: "],
    ['throwing.mjs', 'throw new Error("no database")', "throwing.mjs' does not load: Error: no database"],
    ['values.mjs', 'export const a = 1\nexport class Id {}', "values.mjs' exports no function"],
  ])('%s is an error', async (name, code, message) => {
    const file = code === undefined ? join(folder, name) : write(name, code)
    await expect(userSources(file)).rejects.toThrow(message)
  })

  test('a folder is an error', async () => {
    await expect(userSources(folder)).rejects.toThrow('is no file')
  })

  test('an export that is gone fails alone', async () => {
    const sources = [{ name: 'gone', from: { url: 'file:///ids.mjs', export: 'gone' } }, { name: 'random' }]
    const subject = createSubject(
      { sources, copies: 1, draws: 2, seed: 'seed', guard: false },
      new Map([['file:///ids.mjs', {}]]),
    )
    const [gone, random] = await subject.draw()
    expect(gone).toMatchObject({ values: [], error: 'TypeError: "gone" expected a function, got undefined' })
    expect(random?.values).toHaveLength(2)
  })
})
