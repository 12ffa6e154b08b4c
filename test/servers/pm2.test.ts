/** Hooks that are preloaded into PM2's workers by `node_args`, in cluster mode. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { withPm2 } from '../support/pm2.ts'
import { slow } from '../support/slow.ts'

beforeEach(slow)

const INSTANCES = 2
const here = (name: string): string => join(import.meta.dirname, 'pm2', name)

/** What an instance says once it listens. */
interface Instance {
  pid: number
  worker: number
  /** Of the hook, if it was preloaded. */
  calls?: { kind: string; pid: number; worker: number }[]
}

/** The first `count` instances of an app that listened. */
const listening = (log: string, count: number): Promise<Instance[]> =>
  vi.waitFor(
    () => {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
      expect(lines.length).toBeGreaterThanOrEqual(count)
      return lines.map((line) => JSON.parse(line))
    },
    { timeout: 20_000, interval: 50 },
  )

test('once in each instance, and again in those that a reload starts; not without node_args', () =>
  withPm2(async (pm2, home) => {
    const log = (name: string): string => join(home, `${name}.log`)
    const app = (name: string, node_args: string[]): object => ({
      name,
      node_args,
      script: here('server.mjs'),
      exec_mode: 'cluster',
      instances: INSTANCES,
      out_file: log(name),
      merge_logs: true,
    })
    const apps = [app('hooked', ['--import', here('postfork.mjs')]), app('control', [])]
    writeFileSync(join(home, 'ecosystem.json'), JSON.stringify({ apps }))
    await pm2('start', join(home, 'ecosystem.json'))
    await listening(log('hooked'), INSTANCES)
    for (const instance of await listening(log('control'), INSTANCES)) expect(instance).not.toHaveProperty('calls')

    await pm2('reload', 'hooked')
    const instances = await listening(log('hooked'), 2 * INSTANCES)
    expect(instances.length).toBe(2 * INSTANCES)
    for (const { pid, worker, calls } of instances) expect(calls).toEqual([{ kind: 'cluster', pid, worker }])
    expect(new Set(instances.map(({ pid }) => pid)).size).toBe(2 * INSTANCES)
    expect(new Set(instances.map(({ worker }) => worker)).size).toBe(2 * INSTANCES)
  }))
