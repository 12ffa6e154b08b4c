import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_FILLED, ATTEMPT, refusal } from '../support/attempts.ts'
import { DESCRIPTORS } from '../support/descriptors.ts'
import { fewDescriptors, mountNamespace, need, unprivilegedNamespace } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const onLinux = process.platform === 'linux'
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-kernel-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const WITH_DEVICE = `${DESCRIPTORS}
  import { execFileSync } from 'node:child_process'
  ${ATTEMPT}`

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

  const replacedBy = (what: string): string => `got ${what}: remove or unmount what stands there and make the device`
  it.for([
    ['missing', COVERED, 'MISSING', 'ENOENT', unmount('/dev'), 'make /dev/urandom available .*mknod'],
    ['a directory', `${COVERED}; mkdir /dev/urandom`, 'INVALID', undefined, unmount('/dev'), replacedBy('a folder')],
    [
      'a file',
      `head -c 9999 /dev/zero > "$0/f"; ${replaced('"$0/f"')}`,
      'INVALID',
      undefined,
      unmount('/dev/urandom'),
      replacedBy('a regular file'),
    ],
    [
      'a FIFO',
      `mkfifo "$0/p"; ${replaced('"$0/p"')}`,
      'INVALID',
      undefined,
      unmount('/dev/urandom'),
      replacedBy('a pipe'),
    ],
    [
      '/dev/zero',
      replaced('/dev/zero'),
      'INVALID',
      undefined,
      unmount('/dev/urandom'),
      replacedBy('the one with the numbers 1, 5'),
    ],
    [
      'forbidden',
      FORBIDDEN,
      'MISSING',
      'EACCES',
      "fs.chmodSync('/dev', 0o755)",
      'mode 666, a folder that may be searched',
    ],
  ] as const)('%s: refused, nothing handed out, and right again when the device is', async (row, ctx) => {
    const [what, setup, code, cause, heal, says] = row
    const within = need(ctx, (what === 'forbidden' ? unprivilegedNamespace : mountNamespace)(setup, folder))
    const program = `${WITH_DEVICE}
      const failed = attempts()
      const refused = allRefused()
      const leak = leaked()
      const source = random.entropySource
      ${heal}
      report({ failed, refused, leak, source, healed: attempts(), held: held().length })`
    const failure = refusal(code, cause, says)
    const refused = { failed: [failure, failure, failure], refused: true, leak: false, source: 'kernel' }
    expect(await runNode(program, { within })).toEqual({ ...refused, healed: ALL_FILLED, held: 1 })
  })

  it.for([
    ['in a namespace', mountNamespace],
    ['without privileges', unprivilegedNamespace],
  ] as const)('the control: as it is, %s', async ([, namespace], ctx) => {
    const program = `${WITH_DEVICE}
      report({ drawn: attempts(), refused: allRefused(), held: held().length })`
    const result = await runNode(program, { within: need(ctx, namespace(replaced('/dev/urandom'))) })
    expect(result).toEqual({ drawn: ALL_FILLED, refused: false, held: 1 })
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
      const failed = attempts()
      const refused = allRefused()
      for (const fd of open.splice(-3)) fs.closeSync(fd)
      report({ full, failed, refused, healed: attempts(), held: held().length })`,
      { within: need(ctx, fewDescriptors(128)) },
    )
    const failure = refusal('MISSING', 'EMFILE', 'close files, or raise the limit')
    expect(result).toEqual({
      full: 'EMFILE',
      failed: [failure, failure, failure],
      refused: true,
      healed: ALL_FILLED,
      held: 1,
    })
  })

  it("withheld by Node's permission model: refused", async () => {
    const named = await runNode(`report(process.allowedNodeEnvironmentFlags.has('--permission'))`)
    const flags = ['--no-warnings', named ? '--permission' : '--experimental-permission', `--allow-fs-read=${ROOT}*`]
    const denied = refusal('MISSING', 'ERR_ACCESS_DENIED', '--allow-fs-read=/dev/urandom')
    expect(await runNode(`${ATTEMPT}; report(attempt())`, { flags })).toEqual(denied)
  })
})
