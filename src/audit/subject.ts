/** What runs in the process that is copied, and in each copy: draws from every source and reports the values. */
import { CONTROL, type Comparison, type Draw, SOURCES, type Value } from './sources.ts'

/** One source to draw from: a built-in one, or an export of a module. */
export interface SourceRef {
  name: string
  /** file: URL of the module, and the name of its export. Without: the built-in source of that name. */
  from?: { url: string; export: string }
}

/** What one audit does, as JSON. */
export interface Job {
  sources: SourceRef[]
  /** How many copies each mechanism makes. */
  copies: number
  /** How many draws of some 16 bytes from each source in each copy. */
  draws: number
  /** The same in all copies: for the control. */
  seed: string
}

/** What one process drew from one source. */
export interface Drawn {
  name: string
  comparison: Comparison
  /** Bytes in hex, other values as text. */
  values: string[]
  /** Whether they were bytes. */
  bytes: boolean
  /** What it threw. */
  error?: string
}

/** What one process drew from all sources. */
export type Report = Drawn[]

/** A namespace object of a module. */
export type Module = Readonly<Record<string, unknown>>

export interface Subject {
  /** Draws from all sources. */
  draw(): Promise<Report>
}

function encode(value: Value): string {
  if (!ArrayBuffer.isView(value)) return String(value)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
}

function makeDraw({ name, from }: SourceRef, seed: string, modules: ReadonlyMap<string, Module>): Draw {
  const source = SOURCES.get(name)
  if (from === undefined && source !== undefined) return source.make(seed)
  const draw = from && modules.get(from.url)?.[from.export]
  if (typeof draw !== 'function') throw new TypeError(`"${name}" expected a function, got ${typeof draw}`)
  return draw as Draw
}

async function drawOne(ref: SourceRef, draw: Draw, count: number): Promise<Drawn> {
  const drawn: Drawn = {
    name: ref.name,
    comparison: ref.from === undefined ? (SOURCES.get(ref.name)?.comparison ?? 'auto') : 'auto',
    values: [],
    bytes: false,
  }
  try {
    for (let i = 0; i < count; i++) {
      const value = await draw()
      for (const one of Array.isArray(value) ? value : [value]) {
        drawn.bytes ||= ArrayBuffer.isView(one)
        drawn.values.push(encode(one))
      }
    }
  } catch (error) {
    drawn.error = String(error)
  }
  return drawn
}

/** A subject whose modules have been loaded, for bundles. */
export function createSubject(job: Job, modules: ReadonlyMap<string, Module>): Subject {
  const draws = job.sources.map((ref): [SourceRef, Draw] => [ref, makeDraw(ref, job.seed, modules)])
  return {
    async draw() {
      const report: Report = []
      for (const [ref, draw] of draws) report.push(await drawOne(ref, draw, job.draws))
      return report
    },
  }
}

/** The files of the modules that a job's sources come from. */
export const modulesOf = (job: Job): string[] => [
  ...new Set(job.sources.flatMap(({ from }) => (from === undefined ? [] : [from.url]))),
]

/** A subject whose modules are loaded now. */
export async function loadSubject(job: Job): Promise<Subject> {
  const modules = new Map<string, Module>()
  for (const url of modulesOf(job)) modules.set(url, (await import(url)) as Module)
  return createSubject(job, modules)
}

/** The sources of an audit that was asked for nothing in particular. */
export const defaultSources = (): SourceRef[] => [...SOURCES.keys()].map((name) => ({ name }))

export { CONTROL }
