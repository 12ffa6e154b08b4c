/**
 * The kernel's generator, through one held descriptor of `/dev/urandom`.
 *
 * Why not `crypto.randomBytes`: it is OpenSSL's generator, whose state is in this process and is copied with it.
 *
 * A descriptor is a number that the application can close by mistake, whereupon the system gives the same number to
 * another file. So it is checked by fstat when it is opened, at each refill, and when a read repeats the first bytes
 * of the read before; and all reads are positioned, which on the device changes nothing, on a regular file moves
 * nothing (and repeats, so that it is noticed), and on a socket or pipe fails without taking anything from it.
 * A descriptor that is not ours any more is forgotten, never closed: it is somebody else's.
 */
import { offHeap } from '../bytes.ts'
import { EntropyError, type EntropyErrorCode } from '../errors.ts'
import { beforeSerialize } from '../startup-snapshot.ts'
import { HealthTest } from './health.ts'
import { type EntropySource, MIN_READ } from './source.ts'

const PATH = '/dev/urandom'
/** makedev(1, 9): Linux, Documentation/admin-guide/devices.txt. */
const LINUX_URANDOM = 0x109
/** Tries of one read: interruptions are harmless, but an endless loop is not. */
const MAX_TRIES = 16

const MAKE = `mknod -m 666 ${PATH} c 1 9`
const REMEDY = `make ${PATH} available to this process (in a container or chroot: ${MAKE}), then draw again`
const REPLACED = `remove or unmount what stands there and make the device (${MAKE}), then draw again`

const READABLE =
  'let this process read it (mode 666, a folder that may be searched, a mount without nodev, no security module against it), then draw again'
const PERMISSION = `start Node with --allow-fs-read=${PATH}, Deno with --allow-read=${PATH}, then draw again`
const DESCRIPTORS = 'close files, or raise the limit (ulimit -n), then draw again'
const SANDBOX = `let this process open, examine and read ${PATH} (seccomp filter, security module), then draw again`
const MEMORY = 'free memory, or raise its limit, then draw again'
const AGAIN = "draw again; if that fails too, see the kernel's log (dmesg), and what has replaced functions of node:fs"
const LOG = "see the kernel's log for the reason (dmesg), then draw again"
/** By the error's code; the first two are those of the permission models of Node and Deno. */
const REMEDIES = new Map([
  ['ERR_ACCESS_DENIED', PERMISSION],
  ['NotCapable', PERMISSION],
  ['EACCES', READABLE],
  ['EMFILE', DESCRIPTORS],
  ['ENFILE', DESCRIPTORS],
  ['ENOMEM', MEMORY],
  ['EPERM', SANDBOX],
  ['ENOSYS', SANDBOX],
  ['EIO', LOG],
])

const REPEATS = `${PATH} expected fresh bytes, got the same ${MIN_READ} bytes three times: this system's random device is broken, do not draw from it; repair or replace the system, then draw again`

type Stats = import('node:fs').Stats
type FileSystem = Pick<typeof import('node:fs'), 'openSync' | 'closeSync' | 'fstatSync' | 'readSync' | 'constants'>

/** @internal */
export class KernelEntropy implements EntropySource {
  readonly kind = 'kernel'
  // The functions as they were at import: what an application puts in their place later is not asked for entropy.
  readonly #open: FileSystem['openSync']
  readonly #close: FileSystem['closeSync']
  readonly #fstat: FileSystem['fstatSync']
  readonly #read: FileSystem['readSync']
  /** O_NONBLOCK: opening a FIFO that stands in the device's place would block for ever. */
  readonly #flags: number
  readonly #linux: boolean
  #fd = -1
  readonly #health = new HealthTest()

  constructor(fs: FileSystem, platform: string) {
    this.#open = fs.openSync
    this.#close = fs.closeSync
    this.#fstat = fs.fstatSync
    this.#read = fs.readSync
    this.#flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK
    this.#linux = platform === 'linux'
  }

  check(): void {
    if (this.#fd !== -1 && !this.#isDevice(this.#fd)) this.#fd = -1
    if (this.#fd === -1) this.#reopen()
  }

  read(out: Uint8Array, start: number, length: number): void {
    if (this.#fd === -1) this.#reopen()
    if (this.#health.owed > 0) this.#startUpTest()
    this.#readTested(out, start, length)
  }

  /** After an alarm: what is read is looked at and thrown away. */
  #startUpTest(): void {
    const sample = offHeap(MIN_READ)
    while (this.#health.owed > 0) this.#readTested(sample, 0, MIN_READ)
  }

  #readTested(out: Uint8Array, start: number, length: number): void {
    for (;;) {
      this.#readAll(out, start, length)
      const verdict = this.#health.test(out, start)
      if (verdict === 'fresh') return
      // Either chance (1 in 2^64), or another file has taken the descriptor's number, or the device is broken.
      this.check()
      if (verdict === 'failed') throw new EntropyError('ERR_ENTROPY_SOURCE_REPEATS', REPEATS)
    }
  }

  /** Reads until `length` bytes have come. If the descriptor fails and is not the device any more, opens it anew. */
  #readAll(out: Uint8Array, start: number, length: number): void {
    let done = 0
    let cause: unknown
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const fd = this.#fd
      try {
        const got = this.#read(fd, out, start + done, length - done, 0)
        done += got
        if (done === length) return
        // The device gives short reads on signals only; a file ends.
        this.check()
        if (this.#fd === fd && got > 0) tries = 0
      } catch (error) {
        cause = error
        this.check()
      }
      if (this.#fd !== fd) done = 0 // what came was another file's
    }
    throw failure('ERR_ENTROPY_SOURCE_UNREADABLE', `could not be read (${codeOf(cause)})`, cause)
  }

  #isDevice(fd: number): boolean {
    try {
      return this.#isRandom(this.#fstat(fd))
    } catch {
      return false // EBADF: closed by somebody else
    }
  }

  #isRandom(stat: Stats): boolean {
    return stat.isCharacterDevice() && (!this.#linux || stat.rdev === LINUX_URANDOM)
  }

  #reopen(): void {
    let fd: number
    try {
      fd = this.#open(PATH, this.#flags)
    } catch (error) {
      throw failure('ERR_ENTROPY_SOURCE_MISSING', `could not be opened (${codeOf(error)})`, error)
    }
    const expected = `expected the character device${this.#linux ? ' with the numbers 1, 9' : ''}, got`
    let stat: Stats
    try {
      stat = this.#fstat(fd)
    } catch (error) {
      this.#closeOwn(fd)
      throw failure('ERR_ENTROPY_SOURCE_INVALID', `${expected} no answer from fstat (${codeOf(error)})`, error)
    }
    if (!this.#isRandom(stat)) {
      this.#closeOwn(fd)
      throw new EntropyError('ERR_ENTROPY_SOURCE_INVALID', `${PATH} ${expected} ${kindOf(stat)}: ${REPLACED}`)
    }
    this.#fd = fd
    beforeSerialize(() => this.#release())
  }

  /** Before the heap is serialised: in a copy the number would be stale, or another file's. */
  #release(): void {
    this.#health.reset()
    if (this.#fd !== -1 && this.#isDevice(this.#fd)) this.#closeOwn(this.#fd)
    this.#fd = -1
  }

  #closeOwn(fd: number): void {
    try {
      this.#close(fd)
    } catch {
      // Linux frees the number before anything can fail (close(2)), and whoever calls this has more to say or to do.
    }
  }
}

function kindOf(stat: Stats): string {
  if (stat.isCharacterDevice()) {
    const [major, minor] = [(stat.rdev >>> 8) & 0xfff, (stat.rdev & 0xff) | ((stat.rdev >>> 12) & 0xfff00)]
    return `the one with the numbers ${major}, ${minor}` // as Linux has them
  }
  if (stat.isFile()) return 'a regular file'
  if (stat.isDirectory()) return 'a folder'
  return stat.isFIFO() ? 'a pipe' : 'something else'
}

/** Deno's errors have names where Node's have codes. */
function codeOf(error: unknown): string {
  const { code, name = 'no data' } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  return code ?? name
}

const failure = (code: EntropyErrorCode, what: string, cause?: unknown): EntropyError =>
  new EntropyError(
    code,
    `${PATH} ${what}: ${REMEDIES.get(codeOf(cause)) ?? (code === 'ERR_ENTROPY_SOURCE_MISSING' ? REMEDY : AGAIN)}`,
    cause === undefined ? undefined : { cause },
  )
