/**
 * The pools of nanoid and older uuid: random bytes that they have drawn ahead. Nobody can reach them but through the
 * guards of `atfork/register`, which remember them as they are filled.
 */
import { offHeap, wipe } from '../bytes.ts'
import { checkView } from '../checks.ts'
import type { Guard } from './guard.ts'

/**
 * XORs fresh bytes into each pool that still exists. What was used of it does not matter.
 *
 * @returns How many there are.
 */
export function remixPools(pools: Guard['pools'], fill: (bytes: Uint8Array) => void): number {
  for (const reference of pools) {
    const pool = reference.deref()
    if (pool === undefined) {
      pools.delete(reference)
      continue
    }
    const bytes = checkView('pool', pool)
    const fresh = offHeap(bytes.length)
    fill(fresh)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ (fresh[i] as number)
    wipe(fresh)
  }
  return pools.size
}
