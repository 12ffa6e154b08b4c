/**
 * One CommonJS file of a subject and all that it draws from: what a V8 startup snapshot or a single-executable app is
 * made of. The bundler is the project's own (an optional peer).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostFile, type Obstacle } from './mechanism.ts'
import { type Job, modulesOf } from './subject.ts'

/** Whether there is a bundler. */
export async function bundlerObstacle(): Promise<Obstacle | undefined> {
  try {
    await import('rolldown')
    return undefined
  } catch {
    return { reason: 'no bundler is installed', remedy: 'npm install --save-dev rolldown' }
  }
}

/**
 * Bundles `main`, the body of a program that finds the subject in the variable `subject`.
 *
 * @returns The file's path, in `folder`.
 */
export async function bundleSubject(job: Job, folder: string, main: string): Promise<string> {
  const urls = modulesOf(job)
  const from = (url: string): string => JSON.stringify(fileURLToPath(url))
  const entry = [
    ...(job.guard ? [`import ${from(import.meta.resolve('atfork/register'))}`] : []),
    `import { createSubject } from ${JSON.stringify(hostFile('subject'))}`,
    ...urls.map((url, i) => `import * as m${i} from ${from(url)}`),
    `const modules = new Map([${urls.map((url, i) => `[${JSON.stringify(url)}, m${i}]`)}])`,
    `const subject = createSubject(${JSON.stringify(job)}, modules)`,
    main,
  ].join('\n')
  const input = join(folder, 'entry.mjs')
  const file = join(folder, 'bundle.cjs')
  writeFileSync(input, entry)
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' })
  await bundle.write({ file, format: 'cjs', codeSplitting: false })
  await bundle.close()
  return file
}
