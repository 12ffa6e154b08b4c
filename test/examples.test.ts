/** Each example in the README and in the docstrings runs as it stands, in a project that has the package installed. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPacked, ROOT, runFile } from './support/packed.ts'
import { slow } from './support/slow.ts'

const run = promisify(execFile)
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

let folder = ''
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Example {
  from: string
  code: string
}

/** The code blocks of a language in a text. `margin` is what stands before each line. */
function blocks(from: string, language: string, margin: string): Example[] {
  const lines = readFileSync(join(ROOT, from), 'utf8').split('\n')
  const found: Example[] = []
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]?.trim() !== `${margin}\`\`\`${language}`.trim()) continue
    const first = i + 1
    while (lines[++i]?.trim() !== `${margin}\`\`\``.trim());
    const code = lines.slice(first, i).map((line) => line.replace(/^ *\* ?/, ''))
    found.push({ from: `${from}:${first}`, code: (margin === '' ? lines.slice(first, i) : code).join('\n') })
  }
  return found
}

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file))
const readme = blocks('README.md', 'js', '')
const docs = blocks('docs/register.md', 'js', '')
const docstrings = sources.flatMap((file) => blocks(file, 'ts', '* '))

test('there are examples to run', () => {
  expect(readme.length).toBeGreaterThanOrEqual(6)
  expect(docstrings.length).toBeGreaterThanOrEqual(20)
})

const examples = [...readme, ...docstrings, ...docs].map((example, i) => ({ ...example, name: `example-${i}` }))

/** Types, and decorators, which no Node line has yet, are for a compiler. */
beforeAll(async () => {
  folder = await installPacked()
  for (const { name, code } of examples) writeFileSync(join(folder, `${name}.mts`), code)
  const options = ['--noCheck', '--target', 'es2022', '--module', 'nodenext']
  await run(process.execPath, [TSC, ...options, ...examples.map(({ name }) => `${name}.mts`)], { cwd: folder })
}, 60_000)

test.for(examples)('$from', async ({ name, from }, ctx) => {
  if (!from.startsWith('README')) slow(ctx)
  await runFile(folder, `${name}.mjs`)
})
