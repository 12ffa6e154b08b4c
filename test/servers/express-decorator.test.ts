/**
 * `@postfork` on a static method, in an Express app under node:cluster. Standard decorators need a compiler: TypeScript's
 * own, for vitest's does not take them.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { ROOT } from '../support/packed.ts'
import { startProgram } from '../support/program.ts'
import { slow } from '../support/slow.ts'

beforeEach(slow)

const run = promisify(execFile)
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const SOURCE = join(import.meta.dirname, 'express-decorator', 'server.ts')

/** Makes a project of a folder: the compiled program, this package and Express. */
async function compile(folder: string): Promise<void> {
  const options = [
    '--ignoreConfig',
    '--noCheck',
    '--rootDir',
    dirname(SOURCE),
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--outDir',
    folder,
  ]
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules', 'atfork'))
  symlinkSync(join(ROOT, 'node_modules', 'express'), join(folder, 'node_modules', 'express'))
  await run(process.execPath, [TSC, ...options, SOURCE])
}

interface Answer {
  worker: number
  connections: string[]
  untouched: string[]
}

test('the decorated method runs once in each worker, with the class as this, and not in the primary', (ctx) =>
  inFolder(async (folder) => {
    await compile(folder)
    const program = startProgram(ctx, ['server.js'], { cwd: folder })
    const [line = ''] = await program.printed(/listening/, 2)
    const answers = new Map<number, Answer>()
    while (answers.size < 2) {
      const answer = await fetch(`http://127.0.0.1:${JSON.parse(line).port}`, { headers: { connection: 'close' } })
      const body = (await answer.json()) as Answer
      answers.set(body.worker, body)
    }
    expect(answers.get(1)).toEqual({ worker: 1, connections: ['cluster 1'], untouched: [] })
    expect(answers.get(2)).toEqual({ worker: 2, connections: ['cluster 2'], untouched: [] })
    const [primary = ''] = await program.printed(/primary/, 1)
    expect(JSON.parse(primary)).toEqual({ what: 'primary', connections: [], untouched: [] })
    await program.stop('SIGKILL')
  }))
