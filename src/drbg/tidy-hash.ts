/**
 * A hash of @noble/hashes that leaves less behind.
 *
 * At each clone and each digest noble reads its state out as an array of numbers, made anew and left to the garbage
 * collector. So every K, every V and all that is generated would stand on V8's heap until the collector happens to use
 * the place again. Here the last such array is kept, to be wiped: at the next one, and by {@link wipeWords}.
 */
import type { CHash } from '@noble/hashes/utils.js'

/** A hash at work. */
export type Hash = ReturnType<CHash['create']>

const { apply } = Reflect
let last: number[] = []

/** Wipes what was last read out. */
export function wipeWords(): void {
  for (let i = 0; i < last.length; i++) last[i] = 0 // half the time of fill(0), for so few
}

/** The same hash, whose states are read out under control. One that has no such reading (`get`) is left as it is. */
export function tidy(hash: Hash): Hash {
  const { get } = hash as unknown as { get?: () => number[] }
  if (typeof get !== 'function') return hash
  return Object.assign(hash, {
    get(): number[] {
      wipeWords()
      last = apply(get, hash, [])
      return last
    },
  })
}
