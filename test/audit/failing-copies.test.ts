/** Copies that end early, are killed or cannot be made: each mechanism says so, and does not wait for ever. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Mechanism } from '../../src/audit/mechanism.ts'
import { childProcesses, clusterWorkers, workerThreads } from '../../src/audit/mechanisms/children.ts'
import { fork } from '../../src/audit/mechanisms/fork.ts'
import { sea } from '../../src/audit/mechanisms/sea.ts'
import { snapshot } from '../../src/audit/mechanisms/snapshot.ts'
import { builtHost, jobOf, sourceOf } from '../support/audit-job.ts'
import { inFolder, requireMechanism } from '../support/clone.ts'
import { withPrograms } from '../support/fake-programs.ts'
import { slow } from '../support/slow.ts'

vi.mock('../../src/audit/mechanism.ts', async (original) => ({
  ...(await original<object>()),
  hostFile: (name: string) => builtHost(name),
}))
afterEach(() => vi.restoreAllMocks())

/** What the mechanism fails with, for a source with this function. */
const failure = (mechanism: Mechanism, draw: string): Promise<string> =>
  inFolder(async (folder) => String(await mechanism.run(jobOf(sourceOf(folder, draw))).catch(String)))

/** What a source does in the processes that came from the one which loaded it, or in all but the test's own. */
const inChildren = (action: string): string => `() => process.pid === ${process.pid} ? 'value' : ${action}`
const inThreads = (action: string): string =>
  `() => process.getBuiltinModule('worker_threads').threadId === 0 ? 'value' : ${action}`

describe.each([
  [childProcesses, inChildren],
  [clusterWorkers, inChildren],
  [workerThreads, inThreads],
])('$name', (mechanism, inCopies) => {
  test('a child that ends before it has reported', async () => {
    for (const code of [0, 7])
      expect(await failure(mechanism, inCopies(`process.exit(${code})`))).toBe(
        `Error: a child ended early, with exit code ${code}`,
      )
  })

  test('the control: children that report, though something keeps them alive', () =>
    inFolder(async (folder) => {
      const alive = inCopies("(setInterval(() => {}, 1000), 'child')")
      const [column] = await mechanism.run(jobOf(sourceOf(folder, alive)))
      const [mine] = column?.reports.map(([first]) => first?.values) ?? []
      expect(mine).toEqual(Array(4).fill('value'))
      expect(column?.reports.slice(1).map(([first]) => first?.values)).toEqual(Array(2).fill(Array(4).fill('child')))
    }))
})

describe('fork', () => {
  test('the original ends, or is killed', async (ctx) => {
    await requireMechanism(ctx, fork)
    const what = 'Error: the process that forks ended with'
    expect(await failure(fork, '() => process.exit(7)')).toBe(`${what} exit code 7: `)
    expect(await failure(fork, "() => process.kill(process.pid, 'SIGKILL')")).toBe(`${what} SIGKILL: `)
    expect(await failure(fork, 'nowhere()')).toMatch(
      new RegExp(`^${what} exit code 1: [^]*ReferenceError: nowhere is not defined`),
    )
  })

  test('a copy ends', async (ctx) => {
    await requireMechanism(ctx, fork)
    const draw = `(() => {
      const pid = () => process.getBuiltinModule('fs').readlinkSync('/proc/self')
      const original = pid()
      return () => pid() === original ? 'value' : process.exit(7)
    })()`
    const told = await failure(fork, draw)
    const start = 'Error: the process that forks ended with exit code 1: '
    expect(told.slice(0, start.length)).toBe(start)
    // The copies write beside the original, in whatever order they come.
    const lines = told.slice(start.length).split('\n')
    expect(lines).toContain('copy 1 ended before it had drawn from all sources')
    expect(lines).toContain('copy 1 ended with exit code 7')
    for (const line of lines)
      expect(line).toMatch(/^copy (\d ended before it had drawn from all sources|1 ended with exit code 7)$/)
  })
})

describe('snapshot', () => {
  test('a source that ends the process that builds it', async () => {
    expect(await failure(snapshot, '() => process.exit(7)')).toMatch(/^Error: Command failed: .* --build-snapshot /)
  })
})

describe('sea', () => {
  /** A Node that this script stands for. */
  const withNode = (body: string): Promise<string> =>
    withPrograms({ node: body }, async (folder) => {
      vi.spyOn(process, 'execPath', 'get').mockReturnValue(join(folder, 'bin/node'))
      return String(await sea.run(jobOf({ name: 'random' })).catch(String))
    })
  const REPORTED = `echo '{"report":[]}' >"$ATFORK_REPORT"`

  test('the build ends badly', async () => {
    const what = 'node --experimental-sea-config '
    expect(await withNode('case $1 in --help) ;; *) echo no snapshot >&2; exit 9;; esac')).toMatch(
      new RegExp(`^Error: .*${what}.* ended with exit code 9: no snapshot$`),
    )
    expect(await withNode('case $1 in --help) ;; *) kill -9 $$;; esac')).toMatch(/ ended with SIGKILL: $/)
  })

  test('a Node that makes executables itself, and one that fails', async () => {
    // $2 is the configuration: {"main":…,"output":FILE,…}
    const output = `file=\${config#*'"output":"'}; file=\${file%%'"'*}`
    const node = (app: string): string => `case $1 in
      --help) echo '  --build-sea=...';;
      --build-sea) read -r config <"$2"; ${output}; : >"$file"; ${REPORTED}
        echo '#!/bin/sh' >>"$file"; echo '${app}' >>"$file"; /bin/chmod +x "$file";;
      esac`
    const healed = `case $ATFORK_AUDIT_HEAL in 1) n=2;; *) n=1;; esac`
    const found = `${healed}; echo "{\\"report\\":[],\\"n\\":$n}" >"$ATFORK_REPORT"`
    expect(await withNode(node(found))).toBe('[object Object],[object Object]') // two columns
    expect(await withNode(node('exit 5'))).toMatch(/^Error: .*\/app ended with exit code 5: $/)
  })

  test('a report is missing', async () => {
    expect(await withNode('exit 0')).toMatch(/ENOENT.*report-0\.json/)
  })

  test('a Node that takes no blob', { timeout: 120_000 }, async (ctx) => {
    await requireMechanism(ctx, sea)
    slow(ctx)
    const fuse = (node: Buffer): void => void node.write('#', node.indexOf('NODE_SEA_FUSE_fce680ab'), 'latin1')
    const relro = (node: Buffer): void => {
      const table = Number(node.readBigUInt64LE(32))
      for (let at = table; at < table + node.readUInt16LE(54) * node.readUInt16LE(56); at += node.readUInt16LE(54))
        if (node.readUInt32LE(at) === 0x6474e552) node.writeUInt32LE(0, at) // PT_GNU_RELRO becomes PT_NULL
    }
    const bySelf = Number(process.versions.node.split('.')[0]) >= 26 // Node looks for the fuse itself
    const ways = [[fuse, 'fuse'] as const, [relro, 'program headers to spare'] as const]
    for (const [spoil, what] of ways.slice(0, bySelf ? 1 : 2))
      await inFolder(async (folder) => {
        const node = readFileSync(process.execPath)
        spoil(node)
        const spoilt = join(folder, 'node')
        writeFileSync(spoilt, node, { mode: 0o755 })
        vi.spyOn(process, 'execPath', 'get').mockReturnValue(spoilt)
        const error = String(await sea.run(jobOf({ name: 'random' })).catch(String))
        vi.restoreAllMocks()
        if (bySelf) expect(error).toMatch(/ --build-sea .* ended with exit code 1: /)
        else expect(error).toBe(`Error: ${spoilt} has no ${what}: it takes no blob`)
      })
  })
})
