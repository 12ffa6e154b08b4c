/**
 * Virtual machines that are loaded from one snapshot of a machine. The kernel is part of the copy: what its generator
 * gives is the same in all, until it is told that it was cloned (VMGENID), or has gathered enough by itself.
 */
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { constants, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import { bundlerObstacle, bundleSubject } from '../bundle.ts'
import { type Column, columnsOf, type Mechanism, withFolder } from '../mechanism.ts'
import type { Found, Job } from '../subject.ts'
import { buildInitramfs, findKernel, imageObstacle } from './vm-image.ts'
import { Machine } from './vm-machine.ts'

const run = promisify(execFile)

/**
 * What runs in a machine: for each line that comes, a draw, or first an atfork() with the bytes on the line. What is found is compressed, which gives it a checksum too (RFC 1950): a serial line has none.
 */
const MAIN = `
const { readSync, writeFileSync } = process.getBuiltinModule('fs')
const { deflateSync } = process.getBuiltinModule('zlib')
const print = (line) => writeFileSync(1, line + '\\n')
const readLine = () => {
  const byte = Buffer.alloc(1)
  let line = ''
  while (readSync(0, byte) === 1 && byte[0] !== 10) line += byte.toString('latin1')
  return line
}
const answer = async () => {
  for (;;) {
    const { heal, extra } = JSON.parse(readLine())
    const found = heal ? await subject.drawHealed(Buffer.from(extra, 'hex')) : { report: await subject.draw() }
    print(deflateSync(JSON.stringify(found)).toString('base64'))
  }
}
print('ready')
answer()
`

/** What a machine is asked. */
interface Question {
  heal: boolean
  /** Bytes from outside for its atfork(), in hex. */
  extra: string
}

async function ask(machine: Machine, question: Question): Promise<Found> {
  machine.write(JSON.stringify(question))
  return JSON.parse(inflateSync(Buffer.from(await machine.read(), 'base64')).toString())
}

/** Which machines to make. */
interface Plan {
  /** How many seconds the original has been up when the snapshot is made, or more. */
  uptime: number
  /** The devices of one machine. */
  devices: () => string[]
  /** The columns' names: what the clones drew, and what they drew after an atfork(). */
  columns: [plain: string, healed: string]
  /** The bytes that one clone's atfork() is handed. */
  extra: () => Uint8Array
  /** In the first column: what to do about it that nothing has told the clones apart. */
  limit?: string
}

/** Files for the snapshot, one for each machine at work: QEMU locks its own. More than two do not make it faster. */
const STATES = ['state0', 'state1'] as const
const SNAPSHOT = 'copied'

async function makeColumns(job: Job, plan: Plan, folder: string): Promise<Column[]> {
  const kernel = findKernel() as string
  async function use<Result>(
    state: string,
    args: string[],
    action: (machine: Machine) => Promise<Result>,
  ): Promise<Result> {
    const machine = new Machine({ folder, kernel, state, args: [...plan.devices(), ...args] })
    try {
      return await action(machine)
    } finally {
      await machine.close()
    }
  }

  const files = { 'bundle.cjs': await bundleSubject(job, folder, MAIN) }
  await buildInitramfs(folder, { files, command: 'ATFORK_HEAL=off /node /bundle.cjs' })
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', STATES[0], '1M'], { cwd: folder })
  const original = await use(STATES[0], [], async (machine) => {
    await machine.read() // ready
    await sleep(plan.uptime * 1000)
    const { report } = await ask(machine, { heal: false, extra: '' })
    await machine.command(`savevm ${SNAPSHOT}`)
    return report
  })
  copyFileSync(join(folder, STATES[0]), join(folder, STATES[1]), constants.COPYFILE_FICLONE)

  const copies: Found[] = []
  let started = 0
  const lanes = STATES.map(async (state) => {
    while (started < 2 * job.copies) {
      const copy = started++
      copies[copy] = await use(state, ['-loadvm', SNAPSHOT, '-S'], async (machine) => {
        await machine.command('cont') // not before it was loaded: a line sent earlier would be lost
        return ask(machine, { heal: copy >= job.copies, extra: Buffer.from(plan.extra()).toString('hex') })
      })
    }
  })
  await Promise.allSettled(lanes) // if one fails, the other's machine has to end too
  await Promise.all(lanes)
  const columns = columnsOf('vm', [original], copies.slice(0, job.copies), copies.slice(job.copies))
  return columns.map((column, i) => ({
    ...column,
    name: plan.columns[i] as string,
    ...(i === 0 && plan.limit !== undefined && { limit: plan.limit }),
  }))
}

function mechanism(name: string, summary: string, seconds: number, plan: Plan): Mechanism {
  return {
    name,
    summary,
    needs: 'QEMU, busybox, cpio, a Linux kernel, rolldown',
    byDefault: false,
    seconds,
    obstacle: async () => (await imageObstacle()) ?? (await bundlerObstacle()),
    run: (job) => withFolder(job, (folder) => makeColumns(job, plan, folder)),
  }
}

const LIMIT =
  'give the machine a VMGENID device, with a new GUID for each clone; or pass atfork() bytes that differ between clones'

/** With VMGENID: the kernel of each clone is told at once. */
export const vm: Mechanism = mechanism('vm', 'virtual machines loaded from one snapshot, with VMGENID', 30, {
  uptime: 0,
  devices: () => ['-device', `vmgenid,guid=${randomUUID()}`],
  columns: ['vm', 'vm+atfork'],
  extra: () => new Uint8Array(0),
})

/**
 * Without it: the honest limit. The snapshot is made late, for a kernel that has just booted reseeds often, which hides
 * the repeat; from two minutes of uptime on it does so once a minute (crng_reseed_interval in Linux's random.c). What is
 * drawn just before the snapshot makes it reseed then, so that the minute begins there.
 */
export const vmWithoutVmgenid: Mechanism = mechanism(
  'vm-no-vmgenid',
  'virtual machines whose kernel is not told; then with atfork(extra)',
  180,
  {
    uptime: 130,
    devices: () => [],
    columns: ['vm-no-vmgenid', 'vm-no-vmgenid+extra'],
    extra: () => randomBytes(32),
    limit: LIMIT,
  },
)
