/**
 * Starts of one single-executable app with `useSnapshot`, which holds a snapshot that was built after every source had
 * been used.
 *
 * Node 26 makes the executable by itself (`--build-sea`). Older lines make only its contents (the blob), which must be
 * put into a copy of the node binary; on Linux that is done here.
 */
import { execFile } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlerObstacle, bundleSubject } from '../bundle.ts'
import { columnsOf, type Mechanism, makeCopies, type Obstacle, withFolder } from '../mechanism.ts'
import { type Found, type Job, type Report, UNHEALED } from '../subject.ts'
import { WRITE_REPORTS } from './snapshot.ts'

const run = promisify(execFile)
/** A source that keeps the event loop alive keeps the snapshot from being built. Nothing here takes a tenth of this. */
const MAX_MS = 10 * 60_000
const TAIL = 2000

/** Runs a program that writes its report to `file`. */
async function reportOf(
  file: string,
  { heal, signal }: { heal: boolean; signal: AbortSignal },
  program: string,
  ...args: string[]
): Promise<Found> {
  const env = { ...process.env, ...UNHEALED, ATFORK_REPORT: file, ATFORK_AUDIT_HEAL: heal ? '1' : '' }
  try {
    await run(program, args, { env, timeout: MAX_MS, killSignal: 'SIGKILL', maxBuffer: Infinity, signal })
  } catch (error) {
    const { code, signal: by, stderr } = error as { code?: unknown; signal?: string; stderr?: string }
    const what = [program, ...args].join(' ')
    throw new Error(`${what} ended with ${by ?? `exit code ${code}`}: ${stderr?.slice(-TAIL).trim()}`)
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

const buildsBySelf = async (): Promise<boolean> =>
  (await run(process.execPath, ['--help'])).stdout.includes('--build-sea')

/** The first bytes of an ELF file of 64 bits, little endian. */
const ELF64 = Buffer.from('\x7fELF\x02\x01', 'latin1')

function isElf64(file: string): boolean {
  const start = Buffer.alloc(ELF64.length)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, start)
  } finally {
    closeSync(descriptor)
  }
  return start.equals(ELF64)
}

async function obstacle(): Promise<Obstacle | undefined> {
  const { single_executable_application: able, node_shared: shared } = process.config.variables as Record<
    string,
    unknown
  >
  if (!able || shared)
    return {
      reason: `this Node ${process.version} was built ${shared ? 'as a shared library' : 'without single-executable apps'}`,
      remedy: "run it with one of the Node project's own binaries",
    }
  if (!(await buildsBySelf()) && !isElf64(process.execPath))
    return {
      reason: `Node ${process.version} has no --build-sea, without which this works on 64-bit Linux only`,
      remedy: 'run it with Node 26 or newer',
    }
  return bundlerObstacle()
}

/** What Node looks for in itself: a note of this name (all that it compares are 8 bytes), once the fuse says 1. */
const NOTE = 'NODE_SEA_BLOB\0'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'

/** Types of program headers, and where their fields are. */
const PT = { LOAD: 1, NOTE: 4, GNU_RELRO: 0x6474e552 }
const FIELD = { type: 0, flags: 4, offset: 8, virtual: 16, physical: 24, fileSize: 32, memorySize: 40, align: 48 }
const READABLE = 4
/** The largest page that Linux has on any machine: what is aligned to it can be mapped on all. */
const PAGE = 0x10000
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit

/** Alignment 4, as the name and the contents of notes have it. */
function makeNote(contents: Buffer): Buffer {
  const head = Buffer.alloc(12 + roundUp(NOTE.length, 4))
  head.writeUInt32LE(NOTE.length, 0)
  head.writeUInt32LE(contents.length, 4)
  head.write(NOTE, 12, 'latin1')
  return Buffer.concat([head, contents, Buffer.alloc(roundUp(contents.length, 4) - contents.length)])
}

/**
 * Writes a copy of an ELF file with a blob in it.
 *
 * The blob is appended to the file, and needs two program headers: one that loads it, and one that says that it is a
 * note. The table has no room for more, so they take the places of two that a program can run without: of GNU_RELRO
 * (what is read-only after relocation) and of the note with the build's id.
 */
function inject(source: string, blob: Buffer, target: string): void {
  const binary = readFileSync(source)
  const table = Number(binary.readBigUInt64LE(32))
  const size = binary.readUInt16LE(54)
  const headers = Array.from({ length: binary.readUInt16LE(56) }, (_, i) => {
    const at = table + i * size
    return binary.subarray(at, at + size)
  })
  const find = (type: number): Buffer | undefined => headers.find((header) => header.readUInt32LE(FIELD.type) === type)
  const relro = find(PT.GNU_RELRO)
  const note = find(PT.NOTE)
  const fuse = binary.indexOf(FUSE)
  if (relro === undefined || note === undefined || fuse === -1)
    throw new Error(`${source} has no ${fuse === -1 ? 'fuse' : 'program headers to spare'}: it takes no blob`)

  const ends = headers
    .filter((header) => header.readUInt32LE(FIELD.type) === PT.LOAD)
    .map((header) => Number(header.readBigUInt64LE(FIELD.virtual) + header.readBigUInt64LE(FIELD.memorySize)))
  const address = roundUp(Math.max(...ends), PAGE)
  const offset = roundUp(binary.length, PAGE)
  const bytes = makeNote(blob)
  const point = (header: Buffer, type: number, align: number): void => {
    header.writeUInt32LE(type, FIELD.type)
    header.writeUInt32LE(READABLE, FIELD.flags)
    header.writeBigUInt64LE(BigInt(offset), FIELD.offset)
    for (const field of [FIELD.virtual, FIELD.physical]) header.writeBigUInt64LE(BigInt(address), field)
    for (const field of [FIELD.fileSize, FIELD.memorySize]) header.writeBigUInt64LE(BigInt(bytes.length), field)
    header.writeBigUInt64LE(BigInt(align), FIELD.align)
  }
  point(relro, PT.LOAD, PAGE)
  point(note, PT.NOTE, 4)
  binary.write('1', fuse + FUSE.length, 'latin1')
  writeFileSync(target, binary, { mode: 0o755 })
  appendFileSync(target, Buffer.alloc(offset - binary.length))
  appendFileSync(target, bytes)
}

/** Builds the executable. Returns its path, and what the original drew. */
async function build(job: Job, folder: string, signal: AbortSignal): Promise<{ app: string; original: Report }> {
  const app = join(folder, process.platform === 'win32' ? 'app.exe' : 'app')
  const blob = join(folder, 'app.blob')
  const config = join(folder, 'sea-config.json')
  const bySelf = await buildsBySelf()
  const main = await bundleSubject(job, folder, WRITE_REPORTS)
  const output = bySelf ? app : blob
  writeFileSync(config, JSON.stringify({ main, output, useSnapshot: true, disableExperimentalSEAWarning: true }))
  const flag = bySelf ? '--build-sea' : '--experimental-sea-config'
  const built = { heal: false, signal }
  const { report: original } = await reportOf(join(folder, 'report-0.json'), built, process.execPath, flag, config)
  if (!bySelf) inject(process.execPath, readFileSync(blob), app)
  return { app, original }
}

export const sea: Mechanism = {
  name: 'sea',
  summary: 'starts of one single-executable app with useSnapshot',
  needs: 'rolldown, 200 MB of disk; 64-bit Linux or Node 26',
  byDefault: false,
  seconds: 10,
  obstacle,
  run: (job) =>
    withFolder(job, async (folder, signal) => {
      const { app, original } = await build(job, folder, signal)
      const copies = await makeCopies(job.copies, (copy, heal) =>
        reportOf(join(folder, `report-${copy}.json`), { heal, signal }, app),
      )
      return columnsOf('sea', [original], ...copies)
    }),
}
