/** One virtual machine: a QEMU process, the serial line to the program in it, and the monitor. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex, Readable } from 'node:stream'

/**
 * Software emulation: it works in any container, and within another machine. The processor has no generator of its own:
 * it would be the host's, which is not part of the copy.
 */
const ARGS = [
  ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max,-rdrand,-rdseed', '-smp', '1', '-m', '1024'],
  ...['-nodefaults', '-display', 'none', '-no-reboot'],
  // A reboot, as after a panic, ends QEMU. Freed memory is zeroed: a snapshot leaves out pages of zeros, and is half as big.
  ...['-initrd', 'initramfs', '-append', 'console=ttyS0 quiet loglevel=3 panic=-1 init_on_free=1'],
  // The monitor: descriptor 3 of QEMU, one end of a socket pair.
  ...['-chardev', 'socket,id=monitor,fd=3', '-mon', 'chardev=monitor,mode=control'],
]

/** How long to wait for any one answer. It takes a minute where this machine has much else to do. */
const PATIENCE_MS = 300_000

/** What to start. All files are in `folder`. */
export interface MachineOptions {
  folder: string
  kernel: string
  /** The qcow2 file for snapshots. One machine at a time may use it. */
  state: string
  /** What this machine has beyond the others. */
  args: string[]
}

type Lines = AsyncIterator<string>
const lines = (stream: Readable): Lines => createInterface({ input: stream })[Symbol.asyncIterator]()

/** A running machine. Call `close()` in any case. */
export class Machine {
  readonly #process: ChildProcess
  readonly #over: Promise<unknown>
  readonly #serial: Lines
  readonly #monitor: Lines
  readonly #console: string
  #stderr = ''

  constructor({ folder, kernel, state, args }: MachineOptions) {
    const log = `${state}.log`
    this.#console = join(folder, log)
    const files = ['-kernel', kernel, '-drive', `if=none,format=qcow2,file=${state}`]
    const serial = ['-serial', `file:${log}`, '-serial', 'stdio']
    // setpriv: QEMU ends with this process, however that ends.
    const command = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...ARGS, ...files, ...serial, ...args]
    const qemu = spawn('setpriv', command, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
    this.#process = qemu
    this.#over = new Promise((resolve) => qemu.once('close', resolve))
    qemu.on('error', (error) => {
      this.#stderr += error.message
    })
    qemu.stderr?.on('data', (text) => {
      this.#stderr += text
    })
    // A write to a machine that has ended: whoever waits for the answer is told.
    for (const stream of qemu.stdio) stream?.on('error', () => {})
    this.#serial = lines(qemu.stdout as Readable)
    this.#monitor = lines(qemu.stdio[3] as Duplex)
    this.#tell({ execute: 'qmp_capabilities' })
  }

  /** The next line that the program in the machine prints. */
  read(): Promise<string> {
    return this.#next(this.#serial)
  }

  /** A line for the program in the machine. */
  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** A command of QEMU's monitor. It is answered once the machine has been set up, from a snapshot if there is one. */
  async command(line: string): Promise<void> {
    this.#tell({ execute: 'human-monitor-command', id: line, arguments: { 'command-line': line } })
    for (;;) {
      const answer = JSON.parse(await this.#next(this.#monitor))
      if (answer.id !== line) continue // the greeting, or an event
      if (answer.return === '') return
      throw new Error(`QEMU: ${line}: ${answer.return ?? answer.error.desc}`)
    }
  }

  async close(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#over
  }

  #tell(command: object): void {
    ;(this.#process.stdio[3] as Duplex).write(JSON.stringify(command))
  }

  async #next(from: Lines): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#failure(`gave no answer for ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
    })
    try {
      const next = from.next().catch((error: Error) => {
        this.#stderr += `\n${error.message}` // a stream that fails has ended too
        return { done: true as const, value: undefined }
      })
      const { done, value } = await Promise.race([next, late])
      if (!done) return value
      await Promise.race([this.#over, late])
      throw this.#failure('ended early')
    } finally {
      clearTimeout(timer)
    }
  }

  /** With the end of what QEMU and the machine's console say. */
  #failure(what: string): Error {
    const console = existsSync(this.#console) ? readFileSync(this.#console, 'latin1').replaceAll('\r', '') : ''
    return new Error(`the virtual machine ${what}: ${`${this.#stderr}\n${console}`.trim().slice(-2500)}`)
  }
}
