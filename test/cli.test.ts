/** The command as it is called: what it prints where, and its exit codes. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inFolder } from './support/clone.ts'

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const call = (args: string[], cwd = process.cwd()): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--no-warnings', CLI, ...args],
      { cwd, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  )

test('--help and --version', async () => {
  for (const flag of ['--help', '-h']) {
    const { code, stdout, stderr } = await call([flag])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Usage: atfork audit /)
    expect(stdout).toContain('Exit codes: 0 ')
  }
  expect(await call(['-V'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test.each<[string[], RegExp]>([
  [[], /^a command is missing: audit$/],
  [['look'], /^unknown command 'look'$/],
  [['audit', '--nothing'], /^Unknown option '--nothing'/],
  [['audit', '--only', 'thread,moon'], /^"--only" expected some of cluster, .*, got 'moon'$/],
  [['audit', '--copies', '1'], /^"--copies" expected an integer from 2 to 64, got '1'$/],
  [['audit', '--draws', '2.5'], /^"--draws" expected an integer from 2 to 4096, got '2.5'$/],
  [['audit', '--fail-on', 'moon'], /^"--fail-on" expected 'all' or some of random, .*; got 'moon'$/],
  [['audit', '--html', '/nowhere/at/all.html'], /^"--html" expected a file that can be written: ENOENT/],
  [['audit', './no-such-module.mjs'], /no-such-module/],
])('bad usage: %j', async (args, message) => {
  const { code, stdout, stderr } = await call(args)
  expect([code, stdout]).toEqual([2, ''])
  const [first, second] = stderr.split('\n')
  expect(first).toMatch(/^atfork: error: /)
  expect(first?.replace('atfork: error: ', '')).toMatch(message)
  expect(second).toBe('atfork: hint: see atfork --help')
})

test('--list names each mechanism, and what it lacks', async () => {
  const { code, stdout } = await call(['audit', '--list'])
  expect(code).toBe(0)
  for (const name of ['cluster', 'thread', 'process', 'snapshot', 'sea', 'fork', 'criu', 'vm'])
    expect(stdout).toMatch(new RegExp(`^${name} +\\S`, 'm'))
})

test("an audit: 0, or 1 if the user's own function repeats; as a table, as JSON, as a page", { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const small = ['audit', '--only', 'process', '--copies', '2', '--draws', '8']
    const table = await call(small, folder)
    expect([table.code, table.stderr]).toEqual([0, ''])
    expect(table.stdout).toMatch(/^random +distinct$/m)
    expect(table.stdout).toMatch(/^control +\d+ repeats$/m)

    writeFileSync(
      join(folder, 'ids.mjs'),
      'console.log("loaded")\nlet n = 0\nexport const counted = () => String(n++)\n',
    )
    const page = join(folder, 'audit.html')
    const own = await call([...small, '--json', '--html', page, 'ids.mjs'], folder)
    expect(own.code).toBe(1)
    const { cells } = JSON.parse(own.stdout)
    expect(cells.find(({ source }: { source: string }) => source === 'counted (ids.mjs)').verdict).toBe('repeats')
    expect(readFileSync(page, 'utf8')).toContain('counted (ids.mjs)')
    expect((await call([...small, '--fail-on', 'random', 'ids.mjs'], folder)).code).toBe(0)
  }),
)
