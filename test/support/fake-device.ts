/** A random device that answers as told: `/dev/urandom` and the calls of node:fs that reach it. */
import { constants } from 'node:fs'
import { expect } from 'vitest'
import type { KernelEntropy } from '../../src/entropy/kernel.ts'

type FileSystem = ConstructorParameters<typeof KernelEntropy>[0]
/** What one read does: an error's code, that many fresh bytes, or these bytes. */
export type Answer = string | number | Uint8Array

/** What fstat tells of a file, as far as it is asked for. */
interface Stat {
  isCharacterDevice: () => boolean
  isFile: () => boolean
  isDirectory: () => boolean
  isFIFO: () => boolean
  rdev: number
}

export const statOf = (kind: 'character device' | 'file' | 'folder' | 'pipe' | 'socket', rdev = 0): Stat => ({
  isCharacterDevice: () => kind === 'character device',
  isFile: () => kind === 'file',
  isDirectory: () => kind === 'folder',
  isFIFO: () => kind === 'pipe',
  rdev,
})

const systemError = (code: string): Error => Object.assign(new Error(code), { code })

/** A device that answers as told, and fresh bytes in full where it is not told. Every call is recorded. */
export class FakeDevice {
  readonly calls: string[] = []
  /** Every byte that was read, in order. */
  delivered: number[] = []
  open: Set<number> = new Set()
  stat: Stat = statOf('character device', 0x109)
  openError: string | undefined
  readonly #answers: (read: number) => Answer | undefined
  #reads = 0
  #next = 20
  #state = 1

  constructor(answers: (read: number) => Answer | undefined) {
    this.#answers = answers
  }

  readonly fs = {
    constants,
    openSync: (path: string, flags: number): number => {
      this.calls.push('open')
      expect([path, flags]).toEqual(['/dev/urandom', constants.O_RDONLY | constants.O_NONBLOCK])
      if (this.openError !== undefined) throw systemError(this.openError)
      this.open.add(this.#next)
      return this.#next++
    },
    closeSync: (fd: number): void => {
      this.calls.push('close')
      if (!this.open.delete(fd)) throw systemError('EBADF')
    },
    fstatSync: (fd: number): unknown => {
      this.calls.push('fstat')
      if (!this.open.has(fd)) throw systemError('EBADF')
      return this.stat
    },
    readSync: (fd: number, out: Uint8Array, offset: number, length: number, position: unknown): number => {
      this.calls.push('read')
      if (position !== 0) expect.unreachable(`a read at ${position}`) // not expect(): there are many thousands
      if (!this.open.has(fd)) throw systemError('EBADF')
      const answer = this.#answers(this.#reads++) ?? length
      if (typeof answer === 'string') throw systemError(answer)
      const bytes = typeof answer === 'number' ? this.#fresh(Math.min(answer, length)) : answer.subarray(0, length)
      out.set(bytes, offset)
      this.delivered.push(...bytes)
      return bytes.length
    },
  } as unknown as FileSystem

  /** A linear congruential generator: no 8 bytes of it come twice. */
  #fresh(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
      return this.#state >>> 24
    })
  }
}
