/** How OpenSSL's generator is reached: on which Node lines, under which flags, and what is said where it is not. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { type ChildOptions, PACKAGE, runNode } from '../support/node-child.ts'
import { strayCopy } from '../support/stray-copy.ts'

const run = promisify(execFile)
const NODE = Number(process.versions.node.split('.')[0])
/** From Node 26 on there is node:ffi. Before, and where it is switched off, the package koffi is used. */
const HAS_FFI = NODE >= 26
const WITHOUT_FFI = HAS_FFI ? ['--no-experimental-ffi'] : []
const PERMISSION = [NODE === 20 ? '--experimental-permission' : '--permission', '--allow-fs-read=*']
const FFI_WARNING = 'ExperimentalWarning: FFI is an experimental feature and might change at any time'

interface Seen {
  /** healing() after two calls of atfork(). */
  healing: Record<string, string>
  /** What of koffi is loaded, before and after. */
  koffi: [before: string[], after: string[]]
  /** All warnings, before and after. */
  warnings: [before: string[], after: string[]]
}

/** Imports, draws, and then heals twice. */
const program = (url: string): string => `
  import { createRequire } from 'node:module'
  const warnings = []
  process.on('warning', ({ name, message }) => warnings.push(name + ': ' + message))
  const { cache } = createRequire('file:///')
  const koffi = () => [...process.report.getReport().sharedObjects, ...Object.keys(cache)].filter((file) => /koffi/.test(file))
  const pause = () => new Promise((done) => setTimeout(done, 20)) // a warning comes a moment later
  const { atfork, healing, random } = await import(${JSON.stringify(url)})
  random(16)
  random.uuid()
  random(1e5)
  await pause()
  const before = [koffi(), [...warnings], healing()]
  atfork()
  atfork()
  await pause()
  report({ healing: healing(), koffi: [before[0], koffi()], warnings: [before[1], warnings], early: before[2] })`

/** --no-warnings: none is printed, but the program hears of them. */
const seenBy = async (flags: string[] = [], options: ChildOptions = {}, url = PACKAGE): Promise<Seen> =>
  (await runNode(program(url), { ...options, flags: ['--no-warnings', ...flags] })) as Seen

const CACHES = { uuidCache: 'emptied', intCache: 'emptied' }

test('reached, not before it is needed; a warning comes with the first healing, and no other', async () => {
  const { healing, koffi, warnings } = await seenBy()
  expect(healing).toMatchObject({ ...CACHES, openssl: 'reseeded' })
  expect(warnings).toEqual([[], HAS_FFI ? [FFI_WARNING] : []])
  expect(koffi[0]).toEqual([])
  expect(koffi[1].length > 0).toBe(!HAS_FFI)
})

test('importing and drawing prints nothing', async () => {
  const code = `import { random } from ${JSON.stringify(PACKAGE)}; random(16); random.uuid(); random.int(6)`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', code])
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
})

test('where there is no node:ffi, by koffi', async () => {
  const { healing, koffi, warnings } = await seenBy(WITHOUT_FFI)
  expect(healing).toMatchObject({ ...CACHES, openssl: 'reseeded' })
  expect(koffi[0]).toEqual([])
  expect(koffi[1].length).toBeGreaterThan(0)
  expect(warnings[1]).toEqual([])
})

test('without koffi and node:ffi: it says what to install; the caches are emptied all the same', () =>
  inFolder(async (folder) => {
    const { healing } = await seenBy(WITHOUT_FFI, { env: { NODE_PATH: '', HOME: folder } }, strayCopy(folder))
    expect(healing).toMatchObject({
      ...CACHES,
      openssl:
        'not reachable: this Node has no node:ffi, and the package koffi cannot be required from here: npm install koffi',
    })
  }))

describe('ATFORK_HEAL', () => {
  test('caches: the foreign function interface is left alone', async () => {
    const { healing, koffi, warnings } = await seenBy([], { env: { ATFORK_HEAL: 'caches' } })
    expect(healing).toMatchObject({ ...CACHES, openssl: 'not reachable: switched off by ATFORK_HEAL=caches' })
    expect([koffi, warnings]).toEqual([
      [[], []],
      [[], []],
    ])
  })

  test('off: all is left alone', async () => {
    const { healing, koffi } = await seenBy([], { env: { ATFORK_HEAL: 'off' } })
    expect(healing).toMatchObject({
      uuidCache: 'not emptied: switched off by ATFORK_HEAL=off',
      intCache: 'not emptied: switched off by ATFORK_HEAL=off',
      libraryPools: 'not remixed: switched off by ATFORK_HEAL=off',
      openssl: 'not reachable: switched off by ATFORK_HEAL=off',
    })
    expect(koffi).toEqual([[], []])
  })
})

describe('--permission', () => {
  test("alone: not reachable, with Node's own reason", async () => {
    const { healing } = await seenBy(PERMISSION)
    expect(healing).toMatchObject(CACHES)
    expect(healing.openssl).toMatch(
      HAS_FFI ? /^not reachable: .*Use --allow-ffi/ : /^not reachable: .*loading addons is disabled/,
    )
  })

  test('with what it asks for: reached', async () => {
    const { healing } = await seenBy([...PERMISSION, HAS_FFI ? '--allow-ffi' : '--allow-addons'])
    expect(healing).toMatchObject({ ...CACHES, openssl: 'reseeded' })
  })
})

describe('another library', () => {
  // Defined before anything is loaded, as in Electron and Bun.
  const PRELOADS = {
    BoringSSL: "Object.defineProperty(process.features, 'openssl_is_boringssl', { value: true })",
    none: "const { openssl, ...versions } = process.versions; Object.defineProperty(process, 'versions', { value: versions })",
    'another version of OpenSSL':
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, openssl: '1.0.2' } })",
  }
  test.each(Object.entries(PRELOADS))('%s: not reachable, and said so', (name, code) =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'preload.cjs'), code)
      const { healing } = await seenBy(['--require', join(folder, 'preload.cjs')])
      expect(healing).toMatchObject(CACHES)
      expect(healing.openssl).toMatch(
        name.startsWith('another')
          ? `not reachable: the library that was found is OpenSSL ${process.versions.openssl?.slice(0, 3)}`
          : 'not reachable: the library of this runtime is not OpenSSL',
      )
    }),
  )
})
