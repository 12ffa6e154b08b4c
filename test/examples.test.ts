/** Each example in the README and in the docstrings runs as it stands, in a project that has the package installed. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPacked, ROOT, runIn } from './support/packed.ts'

let folder = ''
beforeAll(async () => {
  folder = await installPacked()
})
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
const docstrings = sources.flatMap((file) => blocks(file, 'ts', '* '))

test('there are examples to run', () => {
  expect(readme.length).toBeGreaterThanOrEqual(6)
  expect(docstrings.length).toBeGreaterThanOrEqual(20)
})

test.each([...readme, ...docstrings])('$from', async ({ code }) => {
  await runIn(folder, 'example.mjs', code)
})
