/** The types of the public face, as tsc has emitted them: what an entry point exports, and all that it is made of. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** `export { a, type B } from './x.ts'` or `import …`: what each name is called there, and where. */
const LINK = /^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']*)\.ts';$/
const DECLARED = /^(?:export )?(?:declare )?(?:abstract )?(?:function|interface|type|class|const) (\w+)/

interface Module {
  /** The statements of each name: a function has one for each way to call it. */
  declared: Map<string, string[]>
  /** The file that each name comes from. */
  linked: Map<string, string>
}

const modules = new Map<string, Module>()

function read(file: string): Module {
  const known = modules.get(file)
  if (known !== undefined) return known
  const module: Module = { declared: new Map(), linked: new Map() }
  modules.set(file, module)
  const code = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const lines = code.split('\n').filter((line) => line.trim() !== '')
  // A statement begins in the first column, and so does the brace that ends it.
  for (const statement of lines.join('\n').split(/\n(?=[^\s}])/)) {
    const [, names, from] = LINK.exec(statement) ?? []
    for (const name of names?.split(',') ?? []) {
      if (/ as /.test(name)) throw new Error(`${file}: a renamed export is not read here: ${statement}`)
      module.linked.set(name.replace('type ', '').trim(), join(dirname(file), `${from}.d.ts`))
    }
    const name = DECLARED.exec(statement)?.[1]
    if (name !== undefined) module.declared.set(name, [...(module.declared.get(name) ?? []), statement])
  }
  return module
}

/** What the entry point exports. */
function exported(file: string): string[] {
  const { declared, linked } = read(file)
  const own = [...declared].filter(([, [statement]]) => statement?.startsWith('export ')).map(([name]) => name)
  return [...linked.keys(), ...own].sort()
}

/**
 * The declarations that a user of the entry point sees, each once, sorted. Constructors of classes that nobody can
 * name from outside are left out.
 */
export function publicDeclarations(file: string): string[] {
  const names = exported(file)
  const found = new Map<string, string>()
  const visit = (name: string, where: string): void => {
    const { declared, linked } = read(where)
    const from = linked.get(name)
    if (from !== undefined) visit(name, from)
    const statements = declared.get(name)
    if (statements === undefined || found.has(name)) return
    const text = statements
      .join('\n')
      .replaceAll(/^ {4}(protected )?constructor\(.*\n/gm, names.includes(name) ? '$&' : '')
    found.set(name, text)
    for (const [word] of text.matchAll(/\b[A-Z]\w*\b/g)) visit(word, where)
  }
  for (const name of names) visit(name, file)
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
}
