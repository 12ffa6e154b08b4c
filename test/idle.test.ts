/** Generators that have not drawn weigh little, are held by nobody, and cost atfork() nothing. */
import { expect, test } from 'vitest'
import { runNode } from './support/node-child.ts'

test('100,000 idle generators: below 1 KiB each, 40 KiB with a pool, and the collector takes them', async () => {
  const { idle, drawn, left } = (await runNode(
    `import { atfork, createRandom, random } from 'atfork'
    random(16)
    const bytes = async () => {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 20)) // freed buffers are counted off later
      gc()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = await bytes()
    let all = Array.from({ length: 100_000 }, () => createRandom())
    const withIdle = await bytes()
    atfork()
    for (let i = 0; i < 500; i++) all[i](16)
    const withDrawn = await bytes()
    const refs = all.map((generator) => new WeakRef(generator))
    all = undefined
    await new Promise((resolve) => setTimeout(resolve))
    gc()
    report({
      idle: (withIdle - before) / 100_000,
      drawn: (withDrawn - withIdle) / 500,
      left: refs.filter((ref) => ref.deref() !== undefined).length,
    })`,
    { flags: ['--expose-gc'] },
  )) as { idle: number; drawn: number; left: number }
  expect(idle).toBeLessThan(1024)
  expect(drawn).toBeLessThan(40 * 1024)
  expect(left).toBe(0)
})
