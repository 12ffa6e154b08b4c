import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DESCRIPTORS } from '../support/descriptors.ts'
import { faults, fewDescriptors, mountNamespace, need, unprivilegedNamespace } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const onLinux = process.platform === 'linux'
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-kernel-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a failing and a working draw look like from outside. */
const ATTEMPT = `
  import { createRandom, EntropyError, random } from 'atfork'
  const attempt = () => {
    const view = new Uint8Array(300).fill(7)
    try {
      random.fill(view)
      return view.some((byte) => byte !== 7) ? 'filled' : 'untouched'
    } catch (error) {
      if (!(error instanceof EntropyError)) throw error
      const { code, message, cause } = error
      return { code, message, cause: cause?.code, untouched: view.every((byte) => byte === 7) }
    }
  }
  const isRefused = (run) => {
    try {
      run()
      return false
    } catch (error) {
      return error instanceof EntropyError
    }
  }
  const allRefused = () => [
    () => random(16), () => random.int(6), () => random.uuid(), () => random.uuidv7(), () => random.reseed(),
    () => createRandom({ maxAge: 1000 })(16), () => createRandom({ expand: 'hmac' }).float(),
  ].every(isRefused)`
const WITH_DEVICE = `${DESCRIPTORS}
  import { execFileSync } from 'node:child_process'
  ${ATTEMPT}`

/** The message names the device, what is the matter, and after a colon what to do about it. */
const refusal = (code: string, cause?: string, remedy = 'mknod -m 666 /dev/urandom c 1 9'): object => ({
  code: `ERR_ENTROPY_SOURCE_${code}`,
  message: expect.stringMatching(new RegExp(`^/dev/urandom .+: .*${remedy}`)),
  ...(cause !== undefined && { cause }),
  untouched: true,
})
const ANY_REMEDY = '[a-z]'

describe.skipIf(!onLinux)('/dev/urandom itself', () => {
  const replaced = (inPlace: string): string => `mount --bind ${inPlace} /dev/urandom`
  const COVERED = 'mount -t tmpfs tmpfs /dev'
  const unmount = (path: string): string => `execFileSync('umount', ['${path}'])`
  const FORBIDDEN = `touch "$0/device"
    mount --bind /dev/urandom "$0/device"
    ${COVERED}
    touch /dev/urandom
    mount --bind "$0/device" /dev/urandom
    chmod 0 /dev`

  it.for([
    ['missing', COVERED, 'MISSING', 'ENOENT', unmount('/dev')],
    ['a directory', `${COVERED}; mkdir /dev/urandom`, 'INVALID', undefined, unmount('/dev')],
    ['a file', `head -c 9999 /dev/zero > "$0/f"; ${replaced('"$0/f"')}`, 'INVALID', undefined, unmount('/dev/urandom')],
    ['a FIFO', `mkfifo "$0/p"; ${replaced('"$0/p"')}`, 'INVALID', undefined, unmount('/dev/urandom')],
    ['/dev/zero', replaced('/dev/zero'), 'INVALID', undefined, unmount('/dev/urandom')],
    ['forbidden', FORBIDDEN, 'MISSING', 'EACCES', "fs.chmodSync('/dev', 0o755)"],
  ] as const)('%s: refused, nothing handed out, and right again when the device is', async (row, ctx) => {
    const [what, setup, code, cause, heal] = row
    const within = need(ctx, (what === 'forbidden' ? unprivilegedNamespace : mountNamespace)(setup, folder))
    const program = `${WITH_DEVICE}
      const failed = [attempt(), attempt()]
      const refused = allRefused()
      const leak = leaked()
      const source = random.entropySource
      ${heal}
      report({ failed, refused, leak, source, healed: attempt(), held: held().length })`
    const failure = refusal(code, cause)
    const refused = { failed: [failure, failure], refused: true, leak: false, source: 'kernel' }
    expect(await runNode(program, { within })).toEqual({ ...refused, healed: 'filled', held: 1 })
  })

  it('taken away while in use: the held descriptor goes on, and its loss is refused until the device is back', async (ctx) => {
    const within = need(ctx, mountNamespace(''))
    const result = await runNode(
      `${WITH_DEVICE}
      const seen = [attempt()]
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/dev'])
      seen.push(attempt())
      for (const fd of held()) fs.closeSync(fd)
      seen.push(attempt(), attempt())
      execFileSync('umount', ['/dev'])
      seen.push(attempt())
      report(seen)`,
      { within },
    )
    const gone = refusal('MISSING', 'ENOENT')
    expect(result).toEqual(['filled', 'filled', gone, gone, 'filled'])
  })

  it('no descriptor left for it: refused until the application closes some', async (ctx) => {
    const result = await runNode(
      `${WITH_DEVICE}
      const open = []
      let full
      try {
        for (;;) open.push(fs.openSync('/dev/null'))
      } catch (error) {
        full = error.code
      }
      const failed = [attempt(), attempt()]
      const refused = allRefused()
      for (const fd of open.splice(-3)) fs.closeSync(fd)
      report({ full, failed, refused, healed: attempt(), held: held().length })`,
      { within: need(ctx, fewDescriptors(128)) },
    )
    const failure = refusal('MISSING', 'EMFILE', ANY_REMEDY)
    expect(result).toEqual({ full: 'EMFILE', failed: [failure, failure], refused: true, healed: 'filled', held: 1 })
  })

  it("withheld by Node's permission model: refused", async () => {
    const named = await runNode(`report(process.allowedNodeEnvironmentFlags.has('--permission'))`)
    const flags = ['--no-warnings', named ? '--permission' : '--experimental-permission', `--allow-fs-read=${ROOT}*`]
    const denied = refusal('MISSING', 'ERR_ACCESS_DENIED', '--allow-fs-read=/dev/urandom')
    expect(await runNode(`${ATTEMPT}; report(attempt())`, { flags })).toEqual(denied)
  })
})

describe.skipIf(!onLinux)('system calls that fail (strace)', () => {
  it.for([
    ['reads, for a while', ['pread64:error=EIO:when=1..40'], 'UNREADABLE', 'EIO'],
    ['reads, after others', ['pread64:error=EIO:when=30..70'], 'UNREADABLE', 'EIO'],
    ['empty reads', ['pread64:retval=0:when=1..40'], 'UNREADABLE', undefined],
    ['opening, for a while', ['openat:error=ENFILE:when=1..2'], 'MISSING', 'ENFILE'],
    ['every second read', ['pread64:error=EINTR:when=1+2'], undefined, undefined],
    ['one read', ['pread64:error=EAGAIN:when=5'], undefined, undefined],
  ] as const)('%s', async ([what, inject, code, cause], ctx) => {
    const log = join(folder, 'strace.log')
    const within = need(ctx, faults('/dev/urandom', log, ['openat', 'pread64'], inject))
    const results = (await runNode(
      `${WITH_DEVICE}
      report(Array.from({ length: 50 }, attempt))`,
      { within },
    )) as unknown[]
    const failures = results.filter((result) => result !== 'filled')
    if (code === undefined) expect(failures).toEqual([])
    else {
      expect(failures.length).toBeGreaterThan(0)
      expect(failures.length).toBeLessThan(5)
      for (const failure of failures) expect(failure).toEqual(refusal(code, cause, ANY_REMEDY))
    }
    expect(results.slice(-10)).toEqual(Array(10).fill('filled'))
    // Control: the faults have happened, and did not set off a flood of calls.
    const calls = readFileSync(log, 'utf8').split('\n')
    expect(
      calls.some((call) => call.includes('INJECTED')),
      what,
    ).toBe(true)
    expect(calls.length).toBeLessThan(300)
  })
})
