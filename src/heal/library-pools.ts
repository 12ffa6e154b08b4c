/**
 * The pools of libraries such as nanoid: random bytes that they have drawn ahead. Nobody can reach them but through
 * the guards of `atfork/register`, which remember them as they are filled.
 */
import { offHeap, wipe } from '../bytes.ts'
import { guard } from './guard.ts'

/**
 * XORs fresh bytes into each pool that still exists. What was used of it does not matter.
 *
 * @returns How many there are.
 */
export function remixPools(fill: (bytes: Uint8Array) => void): number {
  const pools = guard()?.pools ?? []
  for (const reference of pools) {
    const pool = reference.deref()
    if (pool === undefined) {
      guard()?.pools.delete(reference)
      continue
    }
    const fresh = offHeap(pool.length)
    fill(fresh)
    for (let i = 0; i < pool.length; i++) pool[i] = (pool[i] as number) ^ (fresh[i] as number)
    wipe(fresh)
  }
  return guard()?.pools.size ?? 0
}
