/** Which children a preload reaches: the table of docs/register.md, in real processes. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { inFolder, reportsIn } from '../support/clone.ts'
import { ROOT } from '../support/packed.ts'
import { REGISTER } from '../support/preload.ts'
import { slow } from '../support/slow.ts'

const run = promisify(execFile)
const PARENT = fileURLToPath(new URL('../support/guarded-parent.mjs', import.meta.url))
const TIMEOUT = 50_000

/** The columns of the table. */
const PRELOADS: Record<string, { flags: string[]; options: string }> = {
  '`--require`': { flags: ['--require', REGISTER], options: '' },
  '`--import`': { flags: ['--import', REGISTER], options: '' },
  '`NODE_OPTIONS=--require=…`': { flags: [], options: `--require=${REGISTER}` },
  '`NODE_OPTIONS=--import=…`': { flags: [], options: `--import=${REGISTER}` },
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** The documented table: for each column, whether each child is guarded. */
function documented(): Map<string, Record<string, boolean>> {
  const lines = readFileSync(join(ROOT, 'docs/register.md'), 'utf8').split('\n')
  const head = lines.findIndex((line) => line.startsWith('| what is started |'))
  const names = cellsOf(lines[head] ?? '').slice(1)
  const columns = new Map<string, Record<string, boolean>>(names.map((name) => [name, {}]))
  for (let i = head + 2; lines[i]?.startsWith('|'); i++) {
    const [child = '', ...cells] = cellsOf(lines[i] as string)
    names.forEach((name, column) => {
      expect(['guarded', 'not']).toContain(cells[column])
      Object.assign(columns.get(name) as object, { [child.replaceAll('`', '')]: cells[column] === 'guarded' })
    })
  }
  return columns
}

const SNAPSHOT = `
  require('v8').startupSnapshot.setDeserializeMainFunction(() => {
    const guard = globalThis[Symbol.for('atfork:guard:1')]
    const guarded = guard?.originals.has(require('crypto').randomBytes) === true
    require('fs').writeFileSync(process.argv.at(-1), JSON.stringify(guarded))
  })`

/** Starts one of each under a preload. By the child's name, whether it was guarded. */
function startAll(flags: string[], NODE_OPTIONS: string): Promise<Map<string, unknown>> {
  return inFolder(async (folder) => {
    const blob = join(folder, 'app.blob')
    const entry = join(folder, 'entry.cjs')
    writeFileSync(entry, SNAPSHOT)
    const limits = { timeout: TIMEOUT, killSignal: 'SIGKILL' } as const
    await run(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', entry], limits)
    const node = async (...args: string[]): Promise<void> => {
      const env = { ...process.env, NODE_OPTIONS }
      const { stdout, stderr } = await run(process.execPath, [...flags, ...args], { ...limits, env })
      expect(stdout + stderr).toBe('')
    }
    await node(PARENT, folder, blob)
    await node('--snapshot-blob', blob, join(folder, 'started from a snapshot.json'))
    return reportsIn(folder)
  })
}

const NAMES = Object.keys(PRELOADS)

test('the documented table has the four preloads', () => expect([...documented().keys()]).toEqual(NAMES))

test.for(NAMES)('%s', async (name, ctx) => {
  if (name !== NAMES[0]) slow(ctx)
  const { flags, options } = PRELOADS[name] as { flags: string[]; options: string }
  expect(Object.fromEntries(await startAll(flags, options))).toEqual(documented().get(name))
})

test('the control: no preload, and nothing is guarded', async () => {
  const found = [...(await startAll([], '')).values()]
  expect(found.every((guarded) => guarded === false)).toBe(true)
  expect(found.length).toBeGreaterThan(10)
})
