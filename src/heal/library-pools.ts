/**
 * The pools of nanoid and older uuid: random bytes that they have drawn ahead. Nobody can reach them but through the
 * guards of `atfork/register`, which remember them as they are filled.
 */
import { offHeap, wipe } from '../bytes.ts'
import { checkView } from '../checks.ts'
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
    const bytes = checkView('pool', pool)
    const fresh = offHeap(bytes.length)
    fill(fresh)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ (fresh[i] as number)
    wipe(fresh)
  }
  return guard()?.pools.size ?? 0
}
