/** What @noble/hashes reads out of a hash at work is wiped. */
import { sha256 } from '@noble/hashes/sha2.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { expect, test } from 'vitest'
import { type Hash, tidy, wipeWords } from '../../src/drbg/tidy-hash.ts'

const read = (hash: Hash): number[] => (hash as unknown as { get: () => number[] }).get()
const WIPED = new Array(8).fill(0)

test('what was read is wiped when it is read again, by whatever hash, and at the end', () => {
  const plain = read(sha256.create())
  const one = read(tidy(sha256.create()))
  expect(one).toEqual(plain)
  const other = read(tidy(sha256.create()))
  expect(one).toEqual(WIPED)
  expect(other).toEqual(plain)
  wipeWords()
  expect(other).toEqual(WIPED)
  expect(plain, 'the control, which is not tidy').not.toEqual(WIPED)
})

test.each([
  ['SHA-256', sha256],
  ['SHA3-256, which reads nothing out', sha3_256],
])('%s computes the same', (_name, algorithm) => {
  const made = algorithm.create() as Hash
  const hash = tidy(made)
  expect(hash).toBe(made)
  expect(hash.update(new Uint8Array(100)).digest()).toEqual(algorithm(new Uint8Array(100)))
  expect('get' in hash).toBe(algorithm === sha256)
})
