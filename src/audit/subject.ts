/**
 * What runs in the process that is copied, and in each copy: draws from every source and reports the values. This
 * package heals Node's own generators after a copy, so it is switched off in half of the copies, which shows what happens
 * where this package is not; the other half call `atfork()` before they draw.
 */
import { atfork, type Healing, healing } from 'atfork'
import { LIBRARIES } from './libraries.ts'
import { CONTROL, type Comparison, type Draw, type Known, SOURCES, type Value } from './sources.ts'

/** One source to draw from: a built-in one, a library's, or an export of a user's module. */
export interface SourceRef {
  name: string
  /**
   * file: URL of the module, and the name of its export; without that name, the library source of the ref's name.
   * Without all of it, the built-in source of that name.
   */
  from?: { url: string; export?: string }
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
  /** Whether `atfork/register` is loaded before all else. */
  guard: boolean
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

/** What one process drew, and what its `atfork()` healed, if it called it before. */
export interface Found {
  report: Report
  healing?: Healing
}

/** For the environment of a process that is to be copied: what this package heals there is then seen apart. */
export const UNHEALED = { ATFORK_HEAL: 'off' } as const

/** A namespace object of a module. */
export type Module = Readonly<Record<string, unknown>>

export interface Subject {
  /** Draws from all sources. */
  draw(): Promise<Report>
  /** The same after an `atfork(extra)` that heals. */
  drawHealed(extra?: Uint8Array): Promise<Found>
}

function encode(value: Value): string {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (['string', 'number', 'bigint'].includes(typeof value)) return String(value)
  throw new TypeError(
    `a source expected to return a string, number, bigint, Buffer or typed array, got ${typeof value}`,
  )
}

/** What the audit knows of a source. Nothing of a user's own, whose name has that of its file in it. */
export const known = (name: string): Known | undefined => SOURCES.get(name) ?? LIBRARIES.get(name)

function makeDraw({ name, from }: SourceRef, seed: string, modules: ReadonlyMap<string, Module>): Draw {
  if (from === undefined) {
    const source = SOURCES.get(name)
    if (source === undefined) throw new TypeError(`there is no source "${name}"`)
    return source.make(seed)
  }
  const module = modules.get(from.url) ?? {}
  const draw = from.export === undefined ? LIBRARIES.get(name)?.make(module) : module[from.export]
  if (typeof draw !== 'function') throw new TypeError(`"${name}" expected a function, got ${typeof draw}`)
  return draw as Draw
}

/** Draws once, and adds what came to what came before. What a source throws ends it. */
async function drawOne(drawn: Drawn, draw: Draw): Promise<void> {
  if (drawn.error !== undefined) return
  try {
    const value = await draw()
    for (const one of Array.isArray(value) ? value : [value]) {
      drawn.bytes ||= ArrayBuffer.isView(one)
      drawn.values.push(encode(one))
    }
  } catch (error) {
    drawn.error = String(error)
  }
}

/**
 * What libraries and Node prepare comes in pools of 128 values, or a multiple, which several sources may share. If the
 * original ended where a pool does, copies would begin afresh, and look distinct. So the original draws some rounds more,
 * to a number of rounds whose multiples end there only for multiples of 128 sources.
 */
const POOL = 128
const ROUNDS = 65

/** A subject whose modules have been loaded, for bundles. */
export function createSubject(job: Job, modules: ReadonlyMap<string, Module>): Subject {
  const draws = job.sources.map((ref): [SourceRef, Draw] => {
    try {
      return [ref, makeDraw(ref, job.seed, modules)]
    } catch (error) {
      return [ref, () => Promise.reject(error)] // one that failed, among others that do not
    }
  })
  const newReport = (): Report =>
    job.sources.map(({ name }) => ({ name, comparison: known(name)?.comparison ?? 'auto', values: [], bytes: false }))
  /** One from each source in turn, so that those that share a pool all have their part of what is left in it. */
  async function drawRounds(report: Report, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const [i, [{ name }, draw]] of draws.entries())
        if (known(name)?.draws === undefined) await drawOne(report[i] as Drawn, draw)
  }
  async function drawAll(): Promise<Report> {
    const report = newReport()
    await drawRounds(report, job.draws)
    for (const [i, [{ name }, draw]] of draws.entries())
      for (let n = known(name)?.draws ?? 0; n > 0; n--) await drawOne(report[i] as Drawn, draw)
    return report
  }
  let begun = false
  return {
    async draw() {
      if (!begun) await drawRounds(newReport(), (ROUNDS + POOL - (job.draws % POOL)) % POOL)
      begun = true
      return drawAll()
    },
    async drawHealed(extra) {
      delete process.env.ATFORK_HEAL
      atfork(extra)
      const healed = healing()
      Object.assign(process.env, UNHEALED)
      return { report: await drawAll(), healing: healed }
    },
  }
}

/** The files of the modules that a job's sources come from. */
export const modulesOf = (job: Job): string[] => [
  ...new Set(job.sources.flatMap(({ from }) => (from === undefined ? [] : [from.url]))),
]

/** A subject whose modules are loaded now. */
export async function loadSubject(job: Job): Promise<Subject> {
  if (job.guard) await import('atfork/register')
  const modules = new Map<string, Module>()
  for (const url of modulesOf(job)) modules.set(url, (await import(url)) as Module)
  return createSubject(job, modules)
}

/** The built-in sources, and others before the last of them, the control. */
export function defaultSources(others: readonly SourceRef[] = []): SourceRef[] {
  const names = [...SOURCES.keys()].filter((name) => name !== CONTROL)
  return [...names.map((name) => ({ name })), ...others, { name: CONTROL }]
}

export { CONTROL }
