/** `@postfork` as the TypeScript compiler compiles it: vitest's own transform does not take decorators. */
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type ChildKind, inChild } from '../support/children.ts'
import { inFolder } from '../support/clone.ts'

const TSC = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSCONFIG = JSON.stringify({
  compilerOptions: { target: 'es2022', lib: ['es2022', 'esnext.disposable'], module: 'preserve', types: ['node'] },
})

/**
 * Compiles code that finds the package's functions as its users import them, and returns JavaScript that finds them in
 * `lib`, and what the compiler said.
 */
const compile = (code: string, ...flags: string[]): Promise<{ javascript: string; stdout: string }> =>
  inFolder(async (folder) => {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'tsconfig.json'), TSCONFIG)
    const types = JSON.stringify(join(ROOT, 'dist/types/index.d.ts').replace(/\.d\.ts$/, '.js'))
    writeFileSync(join(folder, 'code.ts'), `import * as lib from ${types}\n${code}\nexport {}`)
    const run = promisify(execFile)(process.execPath, [TSC, '-p', folder, ...flags], { cwd: folder })
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    const javascript = readFileSync(join(folder, 'code.js'), 'utf8').replace(/^(import|export) .*$/gm, '')
    return { javascript, stdout }
  })

const DATABASE = `
  const { postfork } = lib
  const ran: unknown[] = []
  class Database {
    @postfork static reconnect({ kind }: lib.ForkEvent): void {
      ran.push([kind, this === Database, this.url, this.#secret])
    }
    @postfork static async #reopen(): Promise<void> {
      await undefined
      ran.push(this.url)
    }
    static url = 'db://'
    static #secret = 7
    static again(): void { this.#reopen() }
  }
  const use = Database.again`

test.each<[ChildKind, unknown[]]>([
  ['plain', []],
  ['process', [['process', true, 'db://', 7], 'db://']],
  ['thread', [['thread', true, 'db://', 7], 'db://']],
])('@postfork on static methods, in a %s: once the class is complete, and with each atfork()', async (kind, once) => {
  const { javascript, stdout } = await compile(DATABASE)
  expect(stdout, 'the compiler').toBe('')
  const answer = await inChild(
    kind,
    `${javascript}
    const within = [...ran]
    await lib.ready()
    const once = [...ran]
    ran.length = 0
    lib.atfork()
    await lib.ready()
    return { within, once, ran }`,
  )
  expect(answer).toEqual({ within: [], once, ran: [['manual', true, 'db://', 7], 'db://'] })
})

test('what it throws is told, with the name of the method', async () => {
  const { javascript } = await compile(
    `class A { @lib.postfork static reconnect(): void { throw new Error('no database') } }`,
  )
  const messages = '.then(() => "nothing", ({ message, errors }) => [message, errors[0].message])'
  expect(await inChild('process', `${javascript}\nreturn await lib.ready()${messages}`)).toEqual([
    '1 hook(s) failed: reconnect: no database: see errors',
    'no database',
  ])
  const thrown = `try { lib.atfork() } catch ({ message }) { return message }`
  expect(await inChild('plain', `${javascript}\n${thrown}`)).toBe(
    '1 hook(s) failed: reconnect: no database: see errors',
  )
})

/** Runs each piece of code, and tells what it threw and how many hooks are registered. */
const attempts = (pieces: string[]): string => `
  const hooks = (globalThis as any)[Symbol.for('atfork:1')].postfork
  const attempt = (piece: () => void) => {
    let error = 'none'
    try { piece() } catch (caught) { error = String(caught) }
    return [error, hooks.length]
  }
  const answers = [${pieces.map((piece) => `() => { ${piece} }`)}].map(attempt)`

test('@postfork on anything else is an error, though a compiler may let it pass, and registers nothing', async () => {
  const refused = {
    'class A { @lib.postfork reconnect() {} }': 'an instance method',
    'class A { @lib.postfork static get x() { return 1 } }': 'a static getter',
    'class A { @lib.postfork static x = 1 }': 'a static field',
    'class A { @lib.postfork static accessor x = 1 }': 'a static accessor',
    '@lib.postfork class A {}': 'a class',
  }
  const control = 'class A { @lib.postfork static reconnect() {} }'
  const { javascript } = await compile(attempts([...Object.keys(refused), control]))
  expect(await inChild('process', `${javascript}\nreturn answers`)).toEqual([
    ...Object.values(refused).map((got) => [`TypeError: "@postfork" expected a static method, got ${got}`, 0]),
    ['none', 1],
  ])
})

test("legacy decorators (experimentalDecorators) are an error, the compiler's too", async () => {
  const code = attempts(
    ['static reconnect() {}', 'reconnect() {}'].map((method) => `class A { @lib.postfork ${method} }`),
  )
  const { javascript, stdout } = await compile(code, '--experimentalDecorators')
  expect(stdout).toContain('TS1241: Unable to resolve signature of method decorator')
  expect(await inChild('process', `${javascript}\nreturn answers`)).toEqual([
    [expect.stringContaining('got those of "experimentalDecorators": turn that off'), 0],
    [expect.stringContaining('got those of "experimentalDecorators": turn that off'), 0],
  ])
})
