/** No memory for what was asked for: prlimit takes it from the running process, and gives it back. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ALL_FILLED, ATTEMPT } from '../support/attempts.ts'
import { need, works } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'
import { slow } from '../support/slow.ts'

const KERNEL_READS = fileURLToPath(new URL('../support/kernel-reads.cjs', import.meta.url))

/** Node goes on with 128 MiB more than it has; what is asked for is 256 MiB or more. */
const PROGRAM = (headroom: string): string => `
  import { execFileSync } from 'node:child_process'
  import { readFileSync } from 'node:fs'
  ${ATTEMPT}
  const view = new Float64Array(2 ** 25)
  const status = () => readFileSync('/proc/self/status', 'latin1')
  const size = () => Number(/VmSize:\\s+(\\d+) kB/.exec(status())[1]) * 1024
  const limit = (soft) => execFileSync('prlimit', ['--pid', process.pid, '--as=' + soft + ':'])
  const before = attempts()
  limit(${headroom})
  const calls = [
    () => random(2 ** 28), () => random.bytes(2 ** 32), () => createRandom({ maxAge: 10 })(2 ** 28),
    () => createRandom({ expand: 'hmac' }).bytes(2 ** 28), () => random.fill(view),
  ]
  const failed = calls.slice(${headroom === "'unlimited'" ? 4 : 0}).map((call) => {
    kernelReads.count = 0
    try {
      return call().length
    } catch ({ name, message }) {
      return { name, message, reads: kernelReads.count }
    }
  })
  const untouched = view.every((value) => value === 0)
  const meanwhile = attempts()
  limit('unlimited')
  report({ before, failed, untouched, meanwhile, after: attempts(), large: random(2 ** 28).length })`

it.skipIf(process.platform !== 'linux')(
  'refused before anything is drawn, and what fits is drawn meanwhile',
  async (ctx) => {
    slow(ctx)
    need(ctx, works(['prlimit', '--version']) ? { command: [] } : { missing: 'prlimit (util-linux)' })
    const flags = ['--require', KERNEL_READS]
    const refused = { name: 'RangeError', message: 'Array buffer allocation failed', reads: 0 }
    const filled = { before: ALL_FILLED, meanwhile: ALL_FILLED, after: ALL_FILLED, large: 2 ** 28 }
    const limited = await runNode(PROGRAM('size() + 2 ** 27'), { flags })
    expect(limited).toEqual({ ...filled, failed: Array(5).fill(refused), untouched: true })
    const control = await runNode(PROGRAM("'unlimited'"), { flags })
    expect(control).toEqual({ ...filled, failed: [2 ** 25], untouched: false })
  },
)
