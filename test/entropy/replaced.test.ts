/** A descriptor that is replaced again and again, and one that gives zeros: unit level, with file functions made up. */
import { constants } from 'node:fs'
import { expect, test } from 'vitest'
import { KernelEntropy } from '../../src/entropy/kernel.ts'

type FileSystem = ConstructorParameters<typeof KernelEntropy>[0]

const fileSystem = (
  isDevice: () => boolean,
  read: (out: Uint8Array, offset: number, length: number) => number,
): { fs: FileSystem; calls: { all: number } } => {
  const calls = { all: 0 }
  const count = <Result>(result: Result): Result => {
    calls.all++
    return result
  }
  const fs = {
    constants,
    openSync: () => count(calls.all),
    closeSync: () => count(undefined),
    fstatSync: () => count({ isCharacterDevice: isDevice, rdev: 0x109 }),
    readSync: (_: number, out: Uint8Array, offset: number, length: number) => count(read(out, offset, length)),
  } as unknown as FileSystem
  return { fs, calls }
}

test('short reads of a descriptor that is not the device at each look end in an error', () => {
  let opened = true // accepted as it is opened, refused at the look after the short read
  const { fs, calls } = fileSystem(
    () => {
      opened = !opened
      return !opened
    },
    (out, offset) => {
      out[offset] = 1
      return 1
    },
  )
  const source = new KernelEntropy(fs, 'linux')
  expect(() => source.read(new Uint8Array(16), 0, 16)).toThrow(
    expect.objectContaining({ code: 'ERR_ENTROPY_SOURCE_UNREADABLE' }),
  )
  expect(calls.all).toBeLessThan(200)
})

test('zeros are not taken for random bytes, not even at the first read', () => {
  const { fs } = fileSystem(
    () => true,
    (out, offset, length) => {
      out.fill(0, offset, offset + length)
      return length
    },
  )
  const source = new KernelEntropy(fs, 'linux')
  expect(() => source.read(new Uint8Array(16), 0, 16)).toThrow(
    expect.objectContaining({ code: 'ERR_ENTROPY_SOURCE_REPEATS' }),
  )
})
