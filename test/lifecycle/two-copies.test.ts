/** A bundle beside node_modules is a second copy of the package: both have the same hooks, and each runs once. */
import { copyFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { inChild } from '../support/children.ts'
import { inFolder } from '../support/clone.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Code that finds another copy of the package in `second`. */
const withSecond = <Result>(use: (load: string) => Promise<Result>): Promise<Result> =>
  inFolder((folder) => {
    const copy = join(folder, 'copy.mjs')
    copyFileSync(join(root, 'dist/index.js'), copy)
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    return use(`const second = await import(${JSON.stringify(pathToFileURL(copy).href)})`)
  })

test('hooks of both run with an atfork() of either, in the order of registration, each once', async () => {
  const code = `
    const ran = []
    lib.postfork(() => ran.push('one'))
    second.postfork(() => ran.push('two'))
    lib.postfork(() => ran.push('three'))
    lib.prefork(() => ran.push('before one'))
    second.prefork(() => ran.push('before two'))
    const atOnce = ran.splice(0)
    lib.atfork()
    second.atfork()
    await lib.prefork.run()
    return { atOnce, ran, separate: lib.atfork !== second.atfork }`
  const all = ['one', 'two', 'three']
  const ran = [...all, ...all, 'before two', 'before one']
  await withSecond(async (load) => {
    expect(await inChild('plain', load + code)).toEqual({ separate: true, atOnce: [], ran })
    expect(await inChild('thread', load + code)).toEqual({ separate: true, atOnce: all, ran })
  })
})

test('ready() and forkLocal() of one hear of what the other was told', async () => {
  const code = `
    lib.postfork(async () => { throw new Error('later') })
    const local = lib.forkLocal(() => ({}))
    const value = local.get()
    second.atfork()
    return [local.get() !== value, await second.ready().catch(({ errors }) => errors[0].message)]`
  await withSecond(async (load) => expect(await inChild('plain', load + code)).toEqual([true, 'later']))
})
