/** What is published, what is installed with it, and what that may run: against lists. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packedFiles, ROOT } from '../support/packed.ts'

const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'))
/** The files in a folder and below it, from there. */
const below = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))

interface Manifest {
  name: string
  version: string
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  bundleDependencies?: unknown
  gypfile?: boolean
}
interface Locked {
  version: string
  integrity?: string
  resolved?: string
  link?: boolean
  inBundle?: boolean
  dev?: boolean
  peer?: boolean
  hasInstallScript?: boolean
}
interface Lock {
  lockfileVersion: number
  packages: Record<string, Locked>
}

test('the tarball holds exactly what is meant to be published, and names no folder of the machine that built it', async () => {
  const code = [
    'index',
    'register',
    'tweetnacl',
    'triggers',
    'cli',
    ...['subject', 'child', 'criu', 'fork'].map((name) => `audit/${name}`),
  ]
  const expected = [
    ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md'],
    ...code.map((name) => `dist/${name}.js`),
    ...below('src').map((file) => file.replace(/^src\/(.*)\.ts$/, 'dist/types/$1.d.ts')),
    ...['fork-addon', 'keep-heap', 'no-io-uring'].map((name) => `native/${name}.c`),
    ...below('docs').filter((file) => file.endsWith('.md')),
  ]
  const files = await packedFiles()
  expect(files.sort()).toEqual(expected.sort())
  expect(files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(ROOT))).toEqual([])
})

/** What npm runs when a package is installed. With a binding.gyp it runs node-gyp without being told. */
const AT_INSTALL = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']
const atInstall = ({ scripts = {}, gypfile = false }: Manifest, files: readonly string[]): string[] => [
  ...AT_INSTALL.filter((name) => name in scripts),
  ...(gypfile || files.includes('binding.gyp') ? ['node-gyp'] : []),
]

describe('installing it', () => {
  const own = json('package.json') as Manifest
  const lock = json('package-lock.json') as Lock
  /** Of what is locked, what a user gets: not for development, and no optional peer. */
  const runtime = Object.entries(lock.packages).filter(([path, { dev, peer }]) => path !== '' && !dev && !peer)

  test('brings @noble/hashes and nothing else, in the version that is locked', () => {
    expect(Object.keys(own.dependencies ?? {})).toEqual(['@noble/hashes'])
    expect(own.bundleDependencies).toBeUndefined()
    expect(runtime.map(([path]) => path)).toEqual(['node_modules/@noble/hashes'])
    const noble = json('node_modules/@noble/hashes/package.json') as Manifest
    expect(noble.version).toBe(runtime[0]?.[1].version)
    expect(noble.dependencies ?? {}).toEqual({})
  })

  test('runs no script', () => {
    expect(atInstall(own, readdirSync(ROOT))).toEqual([])
    for (const [path, { hasInstallScript = false }] of runtime) {
      expect(hasInstallScript, path).toBe(false)
      expect(atInstall(json(path, 'package.json') as Manifest, readdirSync(join(ROOT, path))), path).toEqual([])
    }
  })

  test('control: of what is there for development only, koffi would', () => {
    const koffi = json('node_modules/koffi/package.json') as Manifest
    expect(atInstall(koffi, [])).toEqual(['install'])
    expect(lock.packages['node_modules/koffi']?.hasInstallScript).toBe(true)
  })
})

/** All lock files of the repository. */
const LOCKS = ['', 'bench/rivals/', 'test/measure/', 'test/mutation/'].map((folder) => `${folder}package-lock.json`)
describe.each(LOCKS)('%s', (file) => {
  const { lockfileVersion, packages } = json(file) as Lock
  const locked = Object.entries(packages).filter(([path]) => path !== '')

  test('each package has an integrity hash and no address', () => {
    expect(lockfileVersion).toBe(3)
    expect(locked.length).toBeGreaterThan(5)
    const wrong = locked.filter(
      ([, { integrity = '', resolved, link, inBundle }]) =>
        !/^sha512-[\w+/]{86}==$/.test(integrity) || resolved !== undefined || link || inBundle,
    )
    expect(wrong).toEqual([])
  })
})
