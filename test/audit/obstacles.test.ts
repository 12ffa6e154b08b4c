/** What a mechanism says on a machine that lacks something: the reason, and what to do about it. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bundlerObstacle } from '../../src/audit/bundle.ts'
import type { Mechanism, Obstacle } from '../../src/audit/mechanism.ts'
import { criu } from '../../src/audit/mechanisms/criu.ts'
import { fork } from '../../src/audit/mechanisms/fork.ts'
import { sea } from '../../src/audit/mechanisms/sea.ts'
import { vm } from '../../src/audit/mechanisms/vm.ts'
import { findKernel } from '../../src/audit/mechanisms/vm-image.ts'
import { withPrograms } from '../support/fake-programs.ts'

// So that single calls can be replaced: the properties of a module's own namespace cannot.
vi.mock('node:fs', async (original) => ({ ...(await original<object>()) }))

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const on = (platform: NodeJS.Platform, arch: NodeJS.Architecture = 'x64'): void => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
  vi.spyOn(process, 'arch', 'get').mockReturnValue(arch)
}
const obstacleOf = (mechanism: Mechanism): Promise<Obstacle | undefined> => mechanism.obstacle()

/** What it says where PATH has just these programs. */
const withOnly = (programs: Record<string, string>, mechanism: Mechanism): Promise<Obstacle | undefined> =>
  withPrograms(programs, () => obstacleOf(mechanism))

describe('fork', () => {
  test('works with a gcc that works', async () => {
    on('linux')
    expect(await withOnly({ gcc: 'exit 0' }, fork)).toBeUndefined()
  })

  test('on another system, without gcc, with one that fails', async () => {
    on('darwin')
    expect(await obstacleOf(fork)).toEqual({
      reason: 'real fork(2) of Node works on Linux only, this is darwin',
      remedy: 'run it on Linux',
    })
    on('linux')
    const remedy = 'apt-get install gcc libc6-dev'
    expect(await withOnly({}, fork)).toEqual({ reason: 'gcc is not installed', remedy })
    const failing = await withOnly({ gcc: 'echo no node_api.h >&2; exit 1' }, fork)
    expect(failing).toEqual({ reason: 'gcc does not work: no node_api.h\n', remedy })
  })
})

describe('criu', () => {
  const install = "install criu >= 4.1 (Debian 13 has it), or set ATFORK_CRIU to the program's path"
  const program = (version: string, check = ''): Record<string, string> => ({
    criu: `case $1 in --version) echo "${version}";; check) ${check || ':'};; esac`,
  })
  const asRoot = (root = true): void => {
    on('linux')
    vi.spyOn(process as { geteuid(): number }, 'geteuid').mockReturnValue(root ? 0 : 1000)
    vi.stubEnv('ATFORK_CRIU', '')
    vi.spyOn(fs, 'readdirSync').mockReturnValue([]) // no ring is open
  }

  test.each(['Version: 4.1', 'Version: 4.2.1', 'Version: 5.0'])('%s works', async (version) => {
    asRoot()
    expect(await withOnly(program(version), criu)).toBeUndefined()
  })

  test('on another system', async () => {
    on('win32')
    expect(await obstacleOf(criu)).toEqual({ reason: 'CRIU is for Linux', remedy: 'run it on Linux' })
  })

  test('without the program, with one that is broken, too old, or of no version', async () => {
    asRoot()
    expect(await withOnly({}, criu)).toEqual({ reason: 'there is no criu', remedy: install })
    vi.stubEnv('ATFORK_CRIU', '/nowhere/criu')
    expect(await obstacleOf(criu)).toEqual({ reason: 'there is no /nowhere/criu', remedy: install })
    vi.stubEnv('ATFORK_CRIU', '')
    const broken = await withOnly({ criu: 'echo lacks a library >&2; exit 127' }, criu)
    expect(broken?.reason).toMatch(/^Command failed: .*criu --version\nlacks a library$/)
    for (const [version, reason] of [
      ['Version: 3.17', 'criu is 3.17, which is too old'],
      ['Version: 4.0', 'criu is 4.0, which is too old'],
      ['whatever', 'criu is 0.0, which is too old'],
    ] as const)
      expect(await withOnly(program(version), criu)).toEqual({ reason, remedy: install })
  })

  test('without root, or where its own check fails', async () => {
    asRoot(false)
    expect(await withOnly(program('Version: 4.1'), criu)).toEqual({
      reason: 'criu needs root',
      remedy: 'run it as root',
    })
    asRoot()
    const six = 'for line in 1 2 3 4 5 6; do echo $line >&2; done; exit 1'
    expect(await withOnly(program('Version: 4.1', six), criu)).toEqual({
      reason: 'criu check says no: 2\n3\n4\n5\n6',
      remedy: 'a container needs --privileged, a kernel CONFIG_CHECKPOINT_RESTORE',
    })
  })

  test('where Node opens an io_uring, gcc is needed', async () => {
    asRoot()
    vi.spyOn(fs, 'readdirSync').mockReturnValue(['0', '3'] as never)
    vi.spyOn(fs, 'readlinkSync').mockImplementation(((file: string) => {
      if (file.endsWith('/0')) throw new Error('ENOENT') // it is closed by now
      return 'anon_inode:[io_uring]'
    }) as never)
    const working = { ...program('Version: 4.1'), gcc: 'exit 0' }
    expect(await withOnly(working, criu)).toBeUndefined()
    const start = `Node ${process.versions.node} opens an io_uring, which criu cannot dump, and`
    const remedy = 'apt-get install gcc libc6-dev, or run it with Node 20'
    expect(await withOnly(program('Version: 4.1'), criu)).toEqual({ reason: `${start} gcc is not installed`, remedy })
    const failing = await withOnly({ ...working, gcc: 'echo no headers >&2; exit 1' }, criu)
    expect(failing?.reason).toMatch(/^Node .*, and Command failed: gcc [^\n]*\nno headers$/)
  })
})

describe('sea', () => {
  const built = (changes: object): void => {
    const { config } = process
    vi.spyOn(process, 'config', 'get').mockReturnValue({
      ...config,
      variables: { ...config.variables, ...changes },
    } as never)
  }

  test('with a Node that was built without it, or as a library', async () => {
    const remedy = "run it with one of the Node project's own binaries"
    built({ single_executable_application: false })
    expect(await obstacleOf(sea)).toEqual({
      reason: `this Node ${process.version} was built without single-executable apps`,
      remedy,
    })
    built({ single_executable_application: true, node_shared: true })
    expect(await obstacleOf(sea)).toEqual({
      reason: `this Node ${process.version} was built as a shared library`,
      remedy,
    })
  })

  test('with a program that is no ELF file, unless it makes executables by itself', async () => {
    built({ single_executable_application: true, node_shared: false })
    await withPrograms({ node: 'echo "  --eval"', node26: 'echo "  --build-sea=..."' }, async (folder) => {
      vi.spyOn(process, 'execPath', 'get').mockReturnValue(join(folder, 'bin/node'))
      expect(await obstacleOf(sea)).toEqual({
        reason: `Node ${process.version} has no --build-sea, without which this works on 64-bit Linux only`,
        remedy: 'run it with Node 26 or newer',
      })
      vi.spyOn(process, 'execPath', 'get').mockReturnValue(join(folder, 'bin/node26'))
      expect(await obstacleOf(sea)).toBeUndefined()
    })
  })
})

describe('vm', () => {
  const TOOLS = ['qemu-system-x86_64', 'qemu-img', 'busybox', 'cpio', 'ldd', 'setpriv']
  const all = Object.fromEntries(TOOLS.map((name) => [name, '']))

  test('on another system or processor', async () => {
    for (const [platform, arch] of [['darwin', 'x64'] as const, ['linux', 'arm64'] as const]) {
      on(platform, arch)
      expect(await obstacleOf(vm)).toEqual({
        reason: `the machine in QEMU runs this Node, of ${platform} ${arch}`,
        remedy: 'use Linux on x64',
      })
    }
  })

  test('without a tool: it names the packages', async () => {
    on('linux')
    const { cpio, busybox, ...others } = all
    expect(await withOnly(others, vm)).toEqual({
      reason: 'missing: busybox, cpio',
      remedy: 'apt-get install busybox-static cpio',
    })
    vi.stubEnv('PATH', undefined)
    expect((await obstacleOf(vm))?.reason).toBe(`missing: ${TOOLS.join(', ')}`)
  })

  test('without a kernel', async () => {
    on('linux')
    const remedy =
      'apt-get install linux-image-amd64, or set ATFORK_VM_KERNEL to its vmlinuz (not of the cloud flavour)'
    vi.stubEnv('ATFORK_VM_KERNEL', '/nowhere/vmlinuz')
    expect(await withPrograms(all, () => obstacleOf(vm))).toEqual({
      reason: 'ATFORK_VM_KERNEL: cannot read /nowhere/vmlinuz',
      remedy,
    })
    vi.stubEnv('ATFORK_VM_KERNEL', undefined)
    for (const folder of [[], ['vmlinuz-6.1.0-9-cloud-amd64', 'config-6.1.0-9-amd64'], undefined]) {
      vi.spyOn(fs, 'readdirSync').mockImplementation((() => {
        if (folder === undefined) throw new Error('ENOENT')
        return folder
      }) as never)
      expect(await withOnly(all, vm)).toEqual({ reason: 'no readable kernel /boot/vmlinuz-*-amd64', remedy })
    }
  })

  test('the newest kernel that can be read', () => {
    vi.stubEnv('ATFORK_VM_KERNEL', undefined)
    const names = ['vmlinuz-6.1.0-10-amd64', 'vmlinuz-6.1.0-9-amd64', 'vmlinuz-6.2.0-1-amd64', 'vmlinuz-7-cloud-amd64']
    vi.spyOn(fs, 'readdirSync').mockReturnValue(names as never)
    const access = vi.spyOn(fs, 'accessSync').mockReturnValue(undefined)
    expect(findKernel()).toBe('/boot/vmlinuz-6.2.0-1-amd64')
    access.mockImplementation((file) => {
      if (String(file).includes('6.2')) throw new Error('EACCES')
    })
    expect(findKernel()).toBe('/boot/vmlinuz-6.1.0-10-amd64')
  })
})

test('without rolldown', async () => {
  vi.doMock('rolldown', () => {
    throw new Error("Cannot find package 'rolldown'")
  })
  expect(await bundlerObstacle()).toEqual({
    reason: 'no bundler is installed',
    remedy: 'npm install --save-dev rolldown',
  })
  vi.doUnmock('rolldown')
})
