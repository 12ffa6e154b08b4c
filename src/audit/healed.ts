/** What an `atfork()` in the copies healed, for people. */
import type { Healing } from 'atfork'

/** On one line. */
export const describeHealing = ({ uuidCache, intCache, libraryPools, openssl }: Healing): string =>
  `UUIDs ${uuidCache}; integers ${intCache}; OpenSSL ${openssl}; libraries' pools ${libraryPools}`
