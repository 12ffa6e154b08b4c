/** A virtual machine that does not do what it should: who waits for it is told why. In QEMU's place are scripts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { Machine } from '../../src/audit/mechanisms/vm-machine.ts'
import { withPrograms } from '../support/fake-programs.ts'

afterEach(() => void vi.useRealTimers())

/** `body` is a script: serial line on descriptors 0 and 1, the monitor on 3. */
const withMachine = (
  body: string | undefined,
  use: (machine: Machine, folder: string) => Promise<void>,
): Promise<void> =>
  withPrograms(body === undefined ? {} : { setpriv: body }, async (folder) => {
    const machine = new Machine({ folder, kernel: 'vmlinuz', state: 'state0', args: ['-S'] })
    try {
      await use(machine, folder)
    } finally {
      await machine.close()
    }
  })

test('what it is started with, and what goes over its serial line', () =>
  withMachine('echo "$@"; read line; echo "heard $line"; read line', async (machine) => {
    const command = await machine.read()
    expect(command).toMatch(/^--pdeathsig KILL qemu-system-x86_64 -machine q35 .* -S$/)
    expect(command).toContain('-kernel vmlinuz -drive if=none,format=qcow2,file=state0 -serial file:state0.log')
    machine.write('a line')
    expect(await machine.read()).toBe('heard a line')
  }))

/** A monitor that says these lines to each command in turn, the first of which is the handshake. */
const monitor = (...answers: object[][]): string => `exec '${process.execPath}' --eval '
  const { Socket } = require("node:net")
  const answers = ${JSON.stringify(answers)}
  const socket = new Socket({ fd: 3 }).on("data", (text) => {
    for (const _ of String(text).matchAll(/"execute"/g))
      for (const line of answers.shift() ?? []) socket.write(JSON.stringify(line) + "\\n")
  })'`

test('commands: events are passed over, a refusal is an error', () =>
  withMachine(
    monitor(
      [{ QMP: {} }, { return: {} }],
      [{ event: 'STOP' }, { return: '', id: 'cont' }],
      [{ return: 'Error: no such snapshot', id: 'loadvm' }],
      [{ error: { desc: 'not now' }, id: 'savevm' }],
    ),
    async (machine) => {
      await machine.command('cont')
      await expect(machine.command('loadvm')).rejects.toThrow('QEMU: loadvm: Error: no such snapshot')
      await expect(machine.command('savevm')).rejects.toThrow('QEMU: savevm: not now')
    },
  ))

test('it ends early: with what it and its console said last', () =>
  withMachine('echo no such machine >&2; read line', async (machine, folder) => {
    writeFileSync(join(folder, 'state0.log'), 'Kernel panic\r\nnode ended\r\n')
    const waiting = machine.read()
    machine.write('go on')
    await expect(waiting).rejects.toThrow(
      'the virtual machine ended early: no such machine\n\nKernel panic\nnode ended',
    )
    machine.write('it is gone by now')
    await expect(machine.command('cont')).rejects.toThrow(/^the virtual machine ended early: no such machine\n/)
  }))

test('it cannot be started', () =>
  withMachine(undefined, async (machine) => {
    await expect(machine.read()).rejects.toThrow('the virtual machine ended early: spawn setpriv ENOENT')
  }))

test.each([
  ['it gives no answer', 'read line; read line'],
  ['it closes its serial line and lives on', 'exec 1>&-; read line; read line'],
])('%s', (_, body) =>
  withMachine(body, async (machine) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waiting = expect(machine.read()).rejects.toThrow(/^the virtual machine gave no answer for 300 s: $/)
    await vi.advanceTimersByTimeAsync(300_000)
    await waiting
  }),
)
