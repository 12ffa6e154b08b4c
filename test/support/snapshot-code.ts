/** Programs for withSnapshot that use a client of a server, and what their copies report. */
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { withSnapshot } from './snapshot.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** `load` reads a package from disk, which the copies can and the builder need not; `report` tells the test. */
export const PRELUDE: string = `
  import { writeSync } from 'node:fs'
  import { startupSnapshot } from 'node:v8'
  import { forkLocal, postfork, ready } from 'atfork'
  const load = (name) => process.getBuiltinModule('node:module').createRequire(${JSON.stringify(root)})(name)
  const report = (value) => writeSync(1, JSON.stringify(value))
`

/** Lines 22 and up load pg while a snapshot is built. */
export const BUILDER_LOADS_PG: boolean = Number(process.versions.node.split('.')[0]) >= 22

/** Two processes at once, each started from a snapshot of `code`: what they report. */
export const copiesOf = (code: string): Promise<unknown[][]> =>
  withSnapshot(code, async (_, start) => {
    const copies = await Promise.all([start(), start()])
    return copies.map(({ stdout, stderr }) => {
      expect(stderr).toBe('')
      return JSON.parse(stdout) as unknown[]
    })
  })
