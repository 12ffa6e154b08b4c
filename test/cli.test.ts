/** The command as it is called: what it prints where, and its exit codes. */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { inFolder } from './support/clone.ts'
import { withoutFfiWarning } from './support/node-child.ts'
import { missing, slow } from './support/slow.ts'

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const call = (
  args: string[],
  cwd: string = process.cwd(),
  env: Record<string, string> = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--no-warnings', CLI, ...args],
      { cwd, env: { ...process.env, NO_COLOR: '1', ...env } },
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

test('sixteen copies at once: Node warns of nothing', { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const args = [CLI, 'audit', '--only', 'snapshot', '--copies', '8', '--draws', '4']
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder })
    expect(stdout).toMatch(/^random +distinct +distinct$/m)
    expect(withoutFfiWarning(stderr)).toBe('')
  }),
)

test('--only all names every mechanism; what is wrong after it is told', async () => {
  const { code, stderr } = await call(['audit', '--only', 'all', '--copies', '1'])
  expect([code, stderr.split('\n')[0]]).toEqual([
    2,
    `atfork: error: "--copies" expected an integer from 2 to 64, got '1'`,
  ])
})

test('--list on a machine that has nothing: what is missing, and what to do', async () => {
  const { code, stdout } = await call(['audit', '--list'], process.cwd(), { PATH: '/nowhere', ATFORK_CRIU: '' })
  expect(code).toBe(0)
  const said = stdout.split('\n')
  const fork = said.findIndex((line) => line.startsWith('fork '))
  expect(said[fork + 1]).toMatch(/^ +not here: (gcc is not installed|real fork\(2\))/)
  expect(said[fork + 2]).toMatch(/^ +hint: /)
})

test('on a terminal: progress that is wiped, colours that NO_COLOR takes away', { timeout: 120_000 }, async (ctx) => {
  slow(ctx)
  const { stdout: version } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  if (!version?.includes('util-linux')) missing(ctx, 'the terminal is that of script(1): apt-get install util-linux')
  const audit = ['--only', 'process', '--copies', '2', '--draws', '4'].join(' ')
  const shown = (environment: string): string =>
    execFileSync(
      'script',
      ['-qec', `${environment} '${process.execPath}' --no-warnings ${CLI} audit ${audit}`, '/dev/null'],
      {
        encoding: 'latin1',
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: undefined, CI: undefined },
      },
    )
  const esc = String.fromCharCode(27)
  const wiped = `\r${esc}[K`
  for (const environment of ['env -u NO_COLOR', 'env NO_COLOR=1']) {
    const text = shown(environment)
    const [before, progress, rest] = text.split(wiped)
    expect(before).toBe('')
    expect(Buffer.from(progress ?? '', 'latin1').toString()).toMatch(/^process … about \d+ s left$/)
    expect(rest).toContain('random')
    expect((rest ?? '').includes(`${esc}[32m`)).toBe(environment === 'env -u NO_COLOR')
  }
})

/** Processes whose command line names the folder. Where there is no /proc: none. */
const processesOf = (folder: string): string[] =>
  (existsSync('/proc/self/cmdline') ? readdirSync('/proc') : []).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    } catch {
      return false // no process, or one that has ended
    }
  })

test(
  'an audit that is interrupted leaves no folder and no process behind, and ends as the signal does',
  { timeout: 120_000 },
  (ctx) =>
    inFolder(async (folder) => {
      slow(ctx)
      const file = join(folder, 'slow.mjs')
      writeFileSync(file, 'export const slow = () => new Promise(() => setTimeout(() => {}, 1e6))')
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const args = ['--no-warnings', CLI, 'audit', '--only', 'snapshot', file]
        const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' })
        const folders = (): string[] => readdirSync(folder).filter((name) => name.startsWith('atfork-audit-'))
        const started = join(folder, 'atfork-audit-')
        const all = { timeout: 30_000, interval: 10 }
        await vi.waitFor(() => expect(folders()).toHaveLength(1), all)
        if (existsSync('/proc')) await vi.waitFor(() => expect(processesOf(started)).toHaveLength(1), all) // that builds
        child.kill(signal)
        expect(await once(child, 'exit')).toEqual([null, signal])
        expect(folders()).toEqual([])
        await vi.waitFor(() => expect(processesOf(started)).toEqual([]), all)
      }
    }),
)
