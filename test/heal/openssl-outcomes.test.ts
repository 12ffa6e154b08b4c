/** What is said where OpenSSL's generator cannot be reached, with runtimes and libraries that are not to be had here. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { reseedOpenssl } from '../../src/heal/openssl.ts'

const NODES = process.versions.openssl as string
const SEED = Uint8Array.of(1, 2, 3)
let modules: Record<string, unknown>
let asked: string[]

beforeEach(() => {
  vi.resetModules()
  modules = {}
  asked = []
  vi.doMock('../../src/builtins.ts', () => ({
    builtin: (name: string) => {
      asked.push(name)
      return modules[name]
    },
  }))
})
afterEach(() => {
  vi.doUnmock('../../src/builtins.ts')
  vi.unstubAllGlobals()
})

const loaded = async (): Promise<typeof reseedOpenssl> => (await import('../../src/heal/openssl.ts')).reseedOpenssl

/** A library of that version, and what its RAND_seed was given. */
function library(version: string) {
  const given: unknown[][] = []
  const RAND_seed = (...args: unknown[]): void => void given.push(args)
  const ffi = {
    dlopen: vi.fn((_path: null, _symbols: object) => ({ functions: { RAND_seed, OpenSSL_version: () => 4096n } })),
    toString: (pointer: unknown) => `${pointer === 4096n ? version : 'another pointer'}`,
  }
  const koffi = {
    load: (path: unknown) => ({
      func: (declaration: string) =>
        path === null && declaration.startsWith('void RAND_seed(') ? RAND_seed : () => version,
    }),
  }
  return { given, ffi, koffi }
}

const requiring = (koffi: () => unknown): object => ({
  createRequire: () => (name: string) => {
    expect(name).toBe('koffi')
    return koffi()
  },
})

describe('node:ffi', () => {
  test('comes first, and is asked once', async () => {
    const { given, ffi } = library(`OpenSSL ${NODES} 1 Jan 2026`)
    modules['node:ffi'] = ffi
    const reseed = await loaded()
    expect([reseed(SEED), reseed(SEED)]).toEqual(['reseeded', 'reseeded'])
    expect(given).toEqual([
      [SEED, 3],
      [SEED, 3],
    ])
    expect(ffi.dlopen.mock.calls).toEqual([
      [
        null,
        {
          RAND_seed: { arguments: ['buffer', 'i32'], return: 'void' },
          OpenSSL_version: { arguments: ['i32'], return: 'pointer' },
        },
      ],
    ])
    expect(asked).toEqual(['node:ffi'])
  })

  test("another library than the runtime's own is left alone, then and later", async () => {
    const { given, ffi } = library('OpenSSL 1.0.2')
    modules['node:ffi'] = ffi
    const reseed = await loaded()
    const refused = `not reachable: the library that was found is OpenSSL 1.0.2, and this runtime's is ${NODES}`
    expect([reseed(SEED), reseed(SEED)]).toEqual([refused, refused])
    expect(ffi.dlopen).toHaveBeenCalledTimes(1)
    expect(given).toEqual([])
  })

  test('one that fails is asked again the next time', async () => {
    const { ffi } = library(`OpenSSL ${NODES}`)
    ffi.dlopen.mockImplementationOnce(() => {
      throw new Error('too many open files')
    })
    modules['node:ffi'] = ffi
    const reseed = await loaded()
    expect(() => reseed(SEED)).toThrow('too many open files')
    expect(reseed(SEED)).toBe('reseeded')
  })
})

describe('koffi', () => {
  test('is used where there is no node:ffi', async () => {
    const { given, koffi } = library(`OpenSSL ${NODES} 1 Jan 2026`)
    modules.module = requiring(() => koffi)
    expect((await loaded())(SEED)).toBe('reseeded')
    expect(given).toEqual([[SEED, 3]])
  })

  test.for<[string, Error, string]>([
    [
      'is not installed',
      Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' }),
      'this Node has no node:ffi, and the package koffi cannot be required from here: npm install koffi',
    ],
    [
      'lacks what it needs itself',
      Object.assign(new Error("Cannot find module 'koffi-core'"), { code: 'MODULE_NOT_FOUND' }),
      "Cannot find module 'koffi-core'",
    ],
    ['fails as it is loaded', new Error('cannot open shared object'), 'cannot open shared object'],
  ])('%s', async ([, error, message]) => {
    modules.module = requiring(() => {
      throw error
    })
    const reseed = await loaded()
    expect(() => reseed(SEED)).toThrow(message)
  })

  test('cannot be looked for where there is no node:module', async () => {
    const reseed = await loaded()
    expect(() => reseed(SEED)).toThrow('this runtime has no node:module')
  })
})

test.for([
  ['BoringSSL', { versions: process.versions, features: { openssl_is_boringssl: true } }],
  ['none', { versions: { node: '26.0.0' }, features: {} }],
] as const)('a runtime with %s: nothing is loaded', async ([, runtime]) => {
  vi.stubGlobal('process', { ...runtime })
  expect((await loaded())(SEED)).toBe('not reachable: the library of this runtime is not OpenSSL')
  expect(asked).toEqual([])
})

test.for([
  [new Error('first line\nsecond'), 'first line'],
  ['a string\nof two lines', 'a string'],
  [undefined, 'undefined'],
])('a reason is one line: %o', async ([error, expected]) => {
  const { reason } = await import('../../src/heal/openssl.ts')
  expect(reason(error)).toBe(expected)
})
