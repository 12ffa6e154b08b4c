/** Each of examples/ runs as it stands, by the command of its README, and shows what its README says. */
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, type TestContext, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { ROOT } from '../support/packed.ts'
import { PM2_RUNTIME } from '../support/pm2.ts'
import { withPostgres } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'
import { missing, slow } from '../support/slow.ts'

beforeEach(slow)

const run = promisify(execFile)
const folderOf = (example: string): string => join(ROOT, 'examples', example)

/** The lines that an example prints that ends by itself. */
async function linesOf(example: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, ['main.mjs'], { cwd: folderOf(example), timeout: 50_000 })
  return stdout.trimEnd().split('\n')
}

const numbersIn = (lines: readonly string[], pattern: RegExp): number[] =>
  lines.map((line) => Number(pattern.exec(line)?.[1]))
const distinct = (values: readonly unknown[]): number => new Set(values).size

/** An answer of a server on this machine, on a connection of its own. */
const get = (port: number): Promise<Response> => fetch(`http://localhost:${port}`, { headers: { connection: 'close' } })

test('cluster-fastify-postgres: a connection for each worker, none for the primary, another after a kill', (ctx) =>
  withPostgres(ctx, async ({ connectionString }) => {
    const program = startProgram(ctx, ['--import', './postfork.mjs', 'server.mjs'], {
      cwd: folderOf('cluster-fastify-postgres'),
      env: { DATABASE_URL: connectionString, PORT: '0' },
    })
    const listening = await program.printed(/listens at/, 2)
    const hooks = await program.printed(/has connection/, 2)
    const connections = numbersIn(hooks, /connection (\d+)$/)
    expect(hooks.map((line) => line.replaceAll(/\d{2,}/g, '…')).sort()).toEqual(
      [1, 2].map((worker) => `cluster worker ${worker}: process … has connection …`),
    )
    expect(distinct(connections)).toBe(2)

    const [port = 0] = numbersIn(listening, /:(\d+)$/)
    const answer = (await (await get(port)).json()) as { connection: number; connections: number; id: string }
    expect(connections).toContain(answer.connection)
    expect(answer.connections).toBe(2)

    const [first = 0] = numbersIn(hooks, /process (\d+)/)
    process.kill(first, 'SIGKILL')
    await program.printed(/^worker \d ended with SIGKILL$/, 1)
    const [, , third] = await program.printed(/has connection/, 3)
    expect(third).toMatch(/^cluster worker 3:/)
    await program.printed(/^worker 3 listens at/, 1)
  }))

test('cluster-fastify-postgres: says what to set', async () => {
  const { DATABASE_URL: _, ...env } = process.env
  const options = { cwd: folderOf('cluster-fastify-postgres'), env }
  const failure = await run(process.execPath, ['--import', './postfork.mjs', 'server.mjs'], options).catch((e) => e)
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Set DATABASE_URL, .*\n$/) })
})

test('pm2: one line for each instance, both answer, and all ends', (ctx) =>
  inFolder(async (home) => {
    const program = startProgram(ctx, [PM2_RUNTIME, 'ecosystem.config.cjs'], {
      cwd: folderOf('pm2'),
      env: { PM2_HOME: home, PORT: '0' },
    })
    const hooks = await program.printed(/^cluster worker \d+: process \d+$/, 2)
    expect(numbersIn(hooks, /worker (\d+)/).sort()).toEqual([1, 2])
    const [port = 0] = numbersIn(await program.printed(/listens on port/, 2), /port (\d+)$/)
    const pids = numbersIn(hooks, /process (\d+)/)
    const answers: string[] = []
    while (!pids.every((pid) => answers.some((line) => line.includes(` ${pid}:`))))
      answers.push(await (await get(port)).text())
    expect(distinct(answers)).toBe(answers.length)
    await program.stop('SIGINT')
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  }))

test('piscina: a hook in each thread, distinct values, and repeats from one seed', async () => {
  const lines = await linesOf('piscina')
  expect(lines.filter((line) => line.endsWith('the hook ran')).sort()).toEqual(
    [1, 2, 3, 4].map((thread) => `thread ${thread}: the hook ran`),
  )
  const rows = lines.map((line) => line.split(/ *│ */).slice(1, -1)).filter(([index]) => /^\d$/.test(index ?? ''))
  expect(rows.length).toBe(4)
  expect(distinct(rows.map(([, thread]) => thread))).toBe(4)
  expect(distinct(rows.map(([, , random]) => random))).toBe(4)
  expect(distinct(rows.map(([, , , seeded]) => seeded))).toBe(1)
})

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g

test('v8-snapshot: one UUID thrice without atfork, six with it', async () => {
  const lines = await linesOf('v8-snapshot')
  const uuids = (start: string): string[] =>
    lines.filter((line) => line.startsWith(start)).flatMap((line) => line.match(UUID) ?? [])
  expect(uuids('without atfork: ').length).toBe(3)
  expect(distinct(uuids('without atfork: '))).toBe(1)
  expect(uuids('with atfork: ').length).toBe(6)
  expect(distinct(uuids('with atfork: '))).toBe(6)
})

/** Before Node 26 an executable is made with postject, which npx finds, or fetches. */
function requireSea(ctx: TestContext): void {
  if (spawnSync(process.execPath, ['--help'], { encoding: 'utf8' }).stdout.includes('--build-sea')) return
  const probe = spawnSync('npx', ['--yes', 'postject@1.0.0-alpha.6', '--help'], { timeout: 30_000, stdio: 'ignore' })
  if (probe.status !== 0) missing(ctx, 'postject, which Node before 26 needs, is not installed and cannot be fetched')
}

test('single-executable: six UUIDs in three starts', async (ctx) => {
  requireSea(ctx)
  const lines = await linesOf('single-executable')
  expect(lines.length).toBe(3)
  const uuids = lines.flatMap((line) => line.match(UUID) ?? [])
  expect(uuids.length).toBe(6)
  expect(distinct(uuids)).toBe(6)
})
