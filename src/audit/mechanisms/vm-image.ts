/**
 * What a virtual machine is started from: a kernel of this machine's distribution, and an initramfs that holds this
 * very Node, its shared libraries and one bundled file. There is no disk.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import type { Obstacle } from '../mechanism.ts'

const run = promisify(execFile)

/** What is called by name, and the Debian package that has it. */
const TOOLS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  busybox: 'busybox-static',
  cpio: 'cpio',
  ldd: 'libc-bin',
  setpriv: 'util-linux',
}

/** Node talks over the second serial line: the first is the console, with the kernel's messages and Node's errors. */
const init = (command: string): string => `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox stty -F /dev/ttyS1 raw -echo
NO_COLOR=1 ${command} </dev/ttyS1 >/dev/ttyS1 2>/dev/console
echo "node ended with exit code $?" >/dev/console
/bin/busybox reboot -f
`

function isReadable(file: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}

const findTool = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => isReadable(file, constants.X_OK))

/** $ATFORK_VM_KERNEL, or the newest of Debian's own kernels. Not the cloud flavour: it knows nothing of VMGENID. */
export function findKernel(): string | undefined {
  const given = process.env.ATFORK_VM_KERNEL
  if (given !== undefined) return isReadable(given) ? resolve(given) : undefined
  try {
    return readdirSync('/boot')
      .filter((name) => /^vmlinuz-.*-amd64$/.test(name) && !name.includes('-cloud-'))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => join('/boot', name))
      .findLast((file) => isReadable(file))
  } catch {
    return undefined // no such folder: no kernel either
  }
}

/** What this machine lacks. */
export async function imageObstacle(): Promise<Obstacle | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      reason: `the machine in QEMU runs this Node, of ${process.platform} ${process.arch}`,
      remedy: 'use Linux on x64',
    }
  const missing = Object.entries(TOOLS).filter(([tool]) => findTool(tool) === undefined)
  if (missing.length > 0)
    return {
      reason: `missing: ${missing.map(([tool]) => tool).join(', ')}`,
      remedy: `apt-get install ${missing.map(([, name]) => name).join(' ')}`,
    }
  if (findKernel() !== undefined) return undefined
  const given = process.env.ATFORK_VM_KERNEL
  return {
    reason: given === undefined ? 'no readable kernel /boot/vmlinuz-*-amd64' : `ATFORK_VM_KERNEL: cannot read ${given}`,
    remedy: 'apt-get install linux-image-amd64, or set ATFORK_VM_KERNEL to its vmlinuz (not of the cloud flavour)',
  }
}

/** The shared libraries and the loader of a program: none if it is static. */
async function libraries(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }))
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string)
}

/** The package koffi and what of it is this platform's, by which Node before 26 reaches OpenSSL. */
function koffiFolders(): string[] {
  const require = createRequire(import.meta.url)
  try {
    const entry = require.resolve('koffi')
    const modules = entry.slice(0, entry.lastIndexOf(`${sep}koffi${sep}`))
    return [join(modules, 'koffi'), join(modules, '@koromix', `koffi-${process.platform}-${process.arch}`)].filter(
      (one) => isReadable(one),
    )
  } catch {
    return [] // it is optional
  }
}

/** What is in a machine beyond Node and koffi. */
export interface Payload {
  /** Files and folders, by their path in the machine. */
  files: Readonly<Record<string, string>>
  /** A command of the shell. Node is `/node`. */
  command: string
}

/** Makes `initramfs` in `folder`, which runs the command on the second serial line. */
export async function buildInitramfs(folder: string, { files, command }: Payload): Promise<void> {
  const root = join(folder, 'root')
  const put = (file: string, target: string): void => {
    mkdirSync(dirname(join(root, target)), { recursive: true })
    copyFileSync(file, join(root, target), constants.COPYFILE_FICLONE)
  }
  const busybox = findTool('busybox') as string
  put(process.execPath, 'node')
  put(busybox, 'bin/busybox')
  for (const library of new Set([...(await libraries(process.execPath)), ...(await libraries(busybox))]))
    put(library, library)
  const putAll = (source: string, target: string): void =>
    cpSync(source, join(root, target), { recursive: true, dereference: true })
  for (const module of koffiFolders()) putAll(module, module.slice(module.lastIndexOf('node_modules')))
  for (const [target, source] of Object.entries(files)) putAll(source, target)
  for (const name of ['dev', 'proc', 'sys', 'tmp']) mkdirSync(join(root, name))
  writeFileSync(join(root, 'init'), init(command), { mode: 0o755 })
  await run('sh', ['-c', 'find . | cpio --quiet -o -H newc >../initramfs'], { cwd: root })
}
