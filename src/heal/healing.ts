/**
 * Repairs what a copy leaves behind in Node itself: OpenSSL's generator first, then the caches of node:crypto, which
 * refill from it. A new child was not copied: there is nothing to heal. After a V8 startup snapshot OpenSSL is a new
 * one, and only the caches are left.
 */
import { offHeap, wipe } from '../bytes.ts'
import { detection } from '../lifecycle/identity.ts'
import { type ForkEvent, type Healed, isolate } from '../lifecycle/record.ts'
import { buildingSnapshot } from '../startup-snapshot.ts'
import { guard } from './guard.ts'
import { remixPools } from './library-pools.ts'
import { inNextTurn } from './next-turn.ts'
import { afterRefillInFlight, emptyIntCache, emptyUuidCache } from './node-caches.ts'
import { reason, reseedOpenssl } from './openssl.ts'

/** What was healed at the last copy, and what could not be. */
export interface Healing {
  /** Of `crypto.randomUUID` and `randomUUIDv7`. */
  uuidCache: 'not needed' | 'emptied' | `not emptied: ${string}`
  /** Of `crypto.randomInt`. */
  intCache: 'not needed' | 'emptied' | `not emptied: ${string}`
  /** What nanoid and older uuid have drawn ahead: known if they did so under `atfork/register`. */
  libraryPools: 'not needed' | 'remixed' | 'none known' | 'not guarded' | `not remixed: ${string}`
  /** Of `crypto.randomBytes`, WebCrypto, keys, TLS. */
  openssl: 'not needed' | 'reseeded' | `not reachable: ${string}`
  /** Whether a fork or a restored checkpoint is noticed by itself. */
  detection: 'on' | `off: ${string}`
}

const NOT_NEEDED: Healed = {
  uuidCache: 'not needed',
  intCache: 'not needed',
  libraryPools: 'not needed',
  openssl: 'not needed',
}
/** What RAND_seed(3) is given. */
const SEED_LENGTH = 48

/** `caches`: node:ffi and koffi are left alone. `off`: all of it. */
const SWITCH = 'ATFORK_HEAL'
const switchedOff = (setting: string): string => `switched off by ${SWITCH}=${setting}`

/** Not set where there is no environment, or where it may not be read. */
function switchedTo(): string | undefined {
  try {
    return process.env[SWITCH]
  } catch {
    return undefined
  }
}

function seedOpenssl(setting: string | undefined, fill: (bytes: Uint8Array) => void): string {
  if (setting === 'caches') return `not reachable: ${switchedOff(setting)}`
  if (buildingSnapshot()) return 'not reachable: a snapshot is being built'
  const seed = offHeap(SEED_LENGTH)
  try {
    fill(seed)
    return reseedOpenssl(seed)
  } catch (error) {
    return `not reachable: ${reason(error)}`
  } finally {
    wipe(seed)
  }
}

function attempt(what: 'emptied' | 'remixed', action: () => unknown): string {
  try {
    return action() === 0 ? 'none known' : what
  } catch (error) {
    return `not ${what}: ${reason(error)}`
  }
}

/**
 * Heals this thread. It never throws: what could not be done is in {@link healing}.
 *
 * @param fill - The remixed generator.
 */
export function heal({ kind }: ForkEvent, fill: (bytes: Uint8Array) => void): void {
  const setting = switchedTo()
  if (setting === 'off') {
    const reason = switchedOff(setting)
    isolate.healed = {
      uuidCache: `not emptied: ${reason}`,
      intCache: `not emptied: ${reason}`,
      libraryPools: `not remixed: ${reason}`,
      openssl: `not reachable: ${reason}`,
    }
    return
  }
  const pools = guard()?.pools
  const openssl = kind === 'snapshot' ? NOT_NEEDED.openssl : seedOpenssl(setting, fill)
  isolate.healed = {
    openssl,
    uuidCache: attempt('emptied', emptyUuidCache),
    intCache: attempt('emptied', emptyIntCache),
    libraryPools: pools === undefined ? 'not guarded' : attempt('remixed', () => remixPools(pools, fill)),
  }
  if (kind === 'snapshot' || buildingSnapshot()) return
  if (kind === 'fork') waiting = false // for a thread that is not in this copy
  if (waiting) return
  const again = (): void => {
    waiting = false
    attempt('emptied', emptyIntCache)
  }
  // In the next turn, for waking a thread takes longer than emptying a cache.
  waiting = inNextTurn(() => {
    if (attempt('emptied', () => afterRefillInFlight(again)) !== 'emptied') waiting = false
  })
}

/** Whether the integers will be emptied once more, in a later turn. */
let waiting = false

/**
 * What was healed at the last copy of this process, in this thread, and what could not be.
 *
 * Environment variable ATFORK_HEAL: `caches` leaves the foreign function interface alone, and with it OpenSSL; `off`
 * heals nothing.
 *
 * @returns See {@link Healing}. A new object each time.
 * @example
 * ```ts
 * import { atfork, healing } from 'atfork'
 * atfork()
 * healing().openssl // 'reseeded', or 'not reachable: …' and why
 * ```
 */
export const healing = (): Healing => ({ ...(isolate.healed ?? NOT_NEEDED), detection: detection() }) as Healing
