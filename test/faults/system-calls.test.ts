/** System calls on the device that fail, by strace's fault injection: which errors come out, and for how long. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ATTEMPT, refusal } from '../support/attempts.ts'
import { inFolder } from '../support/clone.ts'
import { program } from '../support/compiled.ts'
import { faults, need } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'
import { slow } from '../support/slow.ts'

const DRAWS = 60
const SANDBOX = 'seccomp filter'
const LOG = 'dmesg'
const LIMIT = 'ulimit -n'
const AGAIN = "draw again; if that fails too, see the kernel's log"

interface Row {
  /** For strace: the system call and what becomes of it, and which calls. */
  inject: string
  /** How many calls that are. */
  faults: number
  /** What some draws are refused with; none, if all of them come through. */
  code?: 'MISSING' | 'UNREADABLE' | 'INVALID'
  cause?: string
  remedy?: string
  /** Part of a plain `npm test`. */
  quick?: boolean
}

/** A read is tried 16 times: 40 failures are two refused draws, and half of a third one's tries. */
const unreadable = (first: number, answer: string, remedy = AGAIN): Row => ({
  inject: `pread64:${answer}:when=${first}..${first + 39}`,
  faults: 40,
  code: 'UNREADABLE',
  ...(answer.startsWith('error=') && { cause: answer.slice('error='.length) }),
  remedy,
})
/** The first read, and others later. */
const passing = (answer: string): Row => ({ inject: `pread64:${answer}:when=1+29`, faults: 3 })
const notOpened = (cause: string, remedy: string): Row => ({
  inject: `openat:error=${cause}:when=1..2`,
  faults: 2,
  code: 'MISSING',
  cause,
  remedy,
})
const quick = (row: Row): Row => ({ ...row, quick: true })

const ROWS: Row[] = [
  quick(notOpened('EIO', LOG)),
  notOpened('EACCES', 'mode 666, a folder that may be searched'),
  notOpened('EMFILE', LIMIT),
  notOpened('ENFILE', LIMIT),
  notOpened('ENOMEM', 'free memory'),
  notOpened('EPERM', SANDBOX),
  notOpened('ENOSYS', SANDBOX),
  { inject: 'openat:error=EINTR:when=1..40', faults: 40 }, // libuv opens it anew
  { inject: 'statx:error=EIO:when=1..2', faults: 2, code: 'INVALID', cause: 'EIO', remedy: LOG },
  unreadable(1, 'error=EPERM', SANDBOX),
  unreadable(1, 'error=ENOSYS', SANDBOX),
  ...[1, 30].flatMap((first) => [
    first === 30 ? quick(unreadable(first, 'error=EIO', LOG)) : unreadable(first, 'error=EIO', LOG),
    unreadable(first, 'error=EINTR'),
    unreadable(first, 'error=EAGAIN'),
    unreadable(first, 'retval=0'),
  ]),
  ...['error=EINTR', 'error=EAGAIN', 'error=EIO', 'retval=0'].map(passing),
  quick({ inject: 'pread64:error=EINTR:when=1+2', faults: 40 }),
]

/** 60 draws of three sizes under strace, and its log. */
const drawUnder = (ctx: Parameters<typeof need>[0], inject: readonly string[]): Promise<[unknown[], string[]]> =>
  inFolder(async (folder) => {
    const log = join(folder, 'strace.log')
    const within = need(ctx, faults('/dev/urandom', log, ['openat', 'pread64', 'statx'], inject))
    const program = `${ATTEMPT}; report(Array.from({ length: ${DRAWS} }, (_, i) => attempt(SIZES[i % 3])))`
    const results = (await runNode(program, { within })) as unknown[]
    return [results, readFileSync(log, 'utf8').split('\n')]
  })

const injected = (log: string[]): number => log.filter((call) => call.includes('INJECTED')).length

describe.skipIf(process.platform !== 'linux')('system calls that fail', () => {
  it.for(ROWS)('$inject: $code', async (row, ctx) => {
    if (row.quick !== true) slow(ctx)
    const [results, log] = await drawUnder(ctx, [row.inject])
    const failures = results.filter((result) => result !== 'filled')
    if (row.code === undefined) expect(failures).toEqual([])
    else {
      expect(failures).toEqual(Array(2).fill(refusal(row.code, row.cause, row.remedy)))
      expect(results.slice(-10)).toEqual(Array(10).fill('filled'))
    }
    // Control: the faults have happened, and did not set off a flood of calls.
    expect(injected(log)).toBeGreaterThanOrEqual(row.faults)
    expect(log.length).toBeLessThan(400)
  })

  it('the control: none', async (ctx) => {
    const [results, log] = await drawUnder(ctx, [])
    expect(results).toEqual(Array(DRAWS).fill('filled'))
    expect(injected(log)).toBe(0)
    expect(log.filter((call) => call.includes('pread64')).length).toBeGreaterThanOrEqual(DRAWS)
  })

  it('reads refused by a seccomp filter, which stays: an error each time, and the process goes on', async (ctx) =>
    inFolder(async (folder) => {
      const code = `${ATTEMPT}; report({ drawn: attempts(), refused: allRefused() })`
      const refused = refusal('UNREADABLE', 'EPERM', SANDBOX)
      const filtered = await runNode(code, { within: [program(ctx, folder, 'refuse-reads.c')] })
      expect(filtered).toEqual({ drawn: [refused, refused, refused], refused: true })
      expect(await runNode(code), 'the control: without the filter').toMatchObject({ refused: false })
    }))
})
