/**
 * A file that the platform writes when it has copied the machine.
 *
 * It is looked at by stat, for on file systems that the host changes (9p, virtiofs, NFS) inotify tells of nothing. Not
 * by `fs.watchFile`: that has one watcher for each path, so that an interval which the application chose earlier for
 * the same path would hold for us too; and its first look is taken later, so that a change just after the call is lost.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, promises, readSync, statSync } from 'node:fs'
import { refuseInSnapshot } from './error.ts'
import { checkPath } from './path.ts'
import { checkInterval, poll } from './poll.ts'
import { remix } from './remix.ts'

/** What {@link onFileChange} takes. */
export interface FileChangeOptions {
  /** Milliseconds between two looks, 1 to 2^31 - 1. Default: 100. */
  interval?: number
}

const INTERVAL = 100
/** Of a longer file the rest is left out. */
const MAX_BYTES = 2 ** 16

/** Stands for the file as it is: another text means that it was written, replaced, made or removed. */
const describe = ({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, mode, size, mtimeNs, ctimeNs].join()

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code)

/** The first look. That there is no file yet is fine; whatever else keeps us from seeing one is not. */
function firstLook(path: string): string {
  try {
    return describe(statSync(path, { bigint: true }))
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return codeOf(error)
    throw error
  }
}

/**
 * The file's first bytes; none where it cannot be read, for it has changed all the same. O_NONBLOCK: opening a FIFO
 * would block for ever. Only regular files are read.
 */
function content(path: string): Uint8Array | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!fstatSync(fd).isFile()) return undefined
      const bytes = new Uint8Array(MAX_BYTES)
      let length = 0
      for (let got = -1; got !== 0 && length < MAX_BYTES; length += got)
        got = readSync(fd, bytes, length, MAX_BYTES - length, length)
      return bytes.subarray(0, length)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/**
 * Calls `atfork()` with the file's first 64 KiB each time the file changes: written, renamed over, created or removed.
 * If it cannot be read then, or is no regular file, `atfork()` is called without bytes.
 *
 * What counts is the file's status: times, size, inode, mode. A rewrite that leaves all of these alone goes unnoticed,
 * and so can one in the same few milliseconds as the one before: then the file system's clock has not moved. Several
 * changes between two looks are one event; one change that takes several steps can be more than one.
 *
 * @param path - The file. It need not exist yet. If relative, to the folder that is current now.
 * @param options - `interval`: milliseconds between two looks. Default: 100.
 * @returns What ends it when it is disposed.
 * @throws TypeError, RangeError for arguments; TriggerError while a snapshot is built; the file system's own error if
 *   the path cannot be looked at, for another reason than that nothing is there.
 *
 * @example
 * ```ts
 * import { onFileChange } from 'atfork/triggers'
 * onFileChange('/run/sandbox/generation', { interval: 50 })
 * ```
 */
export function onFileChange(path: string, options?: FileChangeOptions): Disposable {
  const file = checkPath('path', path)
  const interval = checkInterval(options, INTERVAL)
  refuseInSnapshot('onFileChange')
  let seen = firstLook(file)
  let disposed = false
  const polling = poll(interval, async () => {
    const now = await promises.stat(file, { bigint: true }).then(describe, codeOf)
    if (now === seen || disposed) return
    seen = now // before the content is read: a change in between is another event
    remix(content(file))
  })
  return {
    [Symbol.dispose]() {
      disposed = true
      polling[Symbol.dispose]()
    },
  }
}
