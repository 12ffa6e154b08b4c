/** Libraries that make ids and random values: which ones the audit knows, and which of them a project has. */
import { type Draw, type Known, three } from './sources.ts'
import type { Module, SourceRef } from './subject.ts'

/** One maker of a library. */
export interface Library extends Known {
  /** The package's name. */
  package: string
  /** Called before the process is copied. @throws TypeError if this version of the package has no such maker. */
  make: (module: Module) => Draw
}

/** What all of them are: functions that return ids, or that return such functions. */
type Maker = (...args: unknown[]) => never

/** An export of an ES module, or of CommonJS by its default export. */
function pick(module: Module, name: string): Maker {
  const value = module[name] ?? (module.default as Module | undefined)?.[name]
  if (typeof value !== 'function') throw new TypeError(`"${name}" expected a function, got ${typeof value}`)
  return value as Maker
}

/** As far as it is used. */
interface JoseEncrypt {
  setProtectedHeader(header: object): JoseEncrypt
  encrypt(key: Uint8Array): Promise<string>
}

/** A library of which one function without arguments is a maker of ids. */
function ids(name: string, maker: string, remedy: string): Library {
  return {
    package: name,
    comparison: 'whole',
    remedy,
    make: (module) => {
      const draw = pick(module, maker)
      return () => draw()
    },
  }
}

/** By name, in the table's order. All ids are compared whole: they hold a time, a counter or a fixed field, or are text. */
export const LIBRARIES: ReadonlyMap<string, Library> = new Map<string, Library>([
  ['nanoid', ids('nanoid', 'nanoid', 'use random.string(21), or customRandom(urlAlphabet, 21, random)')],
  ['uuid v1', ids('uuid', 'v1', 'use random.uuidv7(), or v1({ random: random(16) })')],
  ['uuid v4', ids('uuid', 'v4', 'use random.uuid(), or v4({ random: random(16) })')],
  ['uuid v7', ids('uuid', 'v7', 'use random.uuidv7(), or v7({ random: random(16) })')],
  ['ulid', ids('ulid', 'ulid', 'pass it a generator: ulid(undefined, () => random.float())')],
  [
    '@paralleldrive/cuid2',
    ids('@paralleldrive/cuid2', 'createId', 'pass it a generator: init({ random: () => random.float() })'),
  ],
  [
    'hyperid',
    {
      package: 'hyperid',
      comparison: 'whole',
      remedy: 'make a new instance in each copy',
      make: (module) => pick(module, 'default')(),
    },
  ],
  [
    'jose',
    {
      package: 'jose',
      comparison: 'whole',
      remedy: 'load atfork/register, or give it the vector: setInitializationVector(random(12))',
      // Which algorithms there are is WebCrypto's to say. The vector is what an encryption draws.
      make: (module) => {
        const Encrypt = pick(module, 'CompactEncrypt') as unknown as new (text: Uint8Array) => JoseEncrypt
        const header = { alg: 'dir', enc: 'A256GCM' }
        return async () => {
          const token = await new Encrypt(new Uint8Array(1)).setProtectedHeader(header).encrypt(new Uint8Array(32))
          return token.split('.')[2] as string
        }
      },
    },
  ],
  [
    'tweetnacl',
    {
      package: 'tweetnacl',
      comparison: 'uniform',
      remedy: "import 'atfork/tweetnacl'",
      make: (module) => {
        const randomBytes = pick(module, 'randomBytes')
        return () => randomBytes(16)
      },
    },
  ],
  [
    'seedrandom',
    {
      package: 'seedrandom',
      comparison: 'whole',
      remedy: 'use random.float(); for a stream that has to repeat, seeded(seed)',
      // Without a seed it takes one from node:crypto. With one it would repeat by design.
      make: (module) => {
        const generator = pick(module, 'default')() as { double: () => number }
        return three(() => generator.double())
      },
    },
  ],
  [
    'random-js',
    {
      package: 'random-js',
      comparison: 'whole',
      remedy: 'pass it an engine: new Random({ next: () => random.int(-(2 ** 31), 2 ** 31) })',
      make: (module) => {
        const { Random, nodeCrypto } = { ...(module.default as object), ...module } as {
          Random?: new (engine: unknown) => { int32(): number }
          nodeCrypto?: unknown
        }
        if (Random === undefined || nodeCrypto === undefined)
          throw new TypeError('"random-js" has no nodeCrypto engine')
        const generator = new Random(nodeCrypto)
        // Five of 32 bits, compared as one value. Its pool holds 128: 64 draws must not end where the pool does.
        return () => Array.from({ length: 5 }, () => generator.int32()).join(' ')
      },
    },
  ],
])

/** Prints the URLs that packages have for an `import` in the current folder; null for those that are not there. */
const RESOLVE = `
const resolve = (name) => {
  try {
    return import.meta.resolve(name)
  } catch {
    return null
  }
}
console.log(JSON.stringify(process.argv.slice(1).map(resolve)))
`

/** Whether this version of the package has the maker. */
async function has(library: Library, url: string): Promise<boolean> {
  try {
    library.make((await import(url)) as Module)
    return true
  } catch {
    return false
  }
}

/**
 * Those that a project has installed. A process of its own resolves them, by the project's rules: an ES module that
 * stands elsewhere, as this one does, can resolve for its own folder only.
 *
 * @param projectFolder - Where the project's files are, or a folder below.
 * @throws Error if there is no such folder.
 */
export async function librarySources(projectFolder: string): Promise<SourceRef[]> {
  const { execFile } = await import('node:child_process') // here, for this file is part of snapshots
  const packages = [...new Set([...LIBRARIES.values()].map((library) => library.package))]
  const args = ['--input-type=module', '--eval', RESOLVE, '--', ...packages]
  const stdout = await new Promise<string>((done, fail) => {
    execFile(process.execPath, args, { cwd: projectFolder }, (error, out) => (error ? fail(error) : done(out)))
  })
  const urls: (string | null)[] = JSON.parse(stdout)
  const sources: SourceRef[] = []
  for (const [name, library] of LIBRARIES) {
    const url = urls[packages.indexOf(library.package)]
    if (url && (await has(library, url))) sources.push({ name, from: { url } })
  }
  return sources
}
