/** How streams are compared: no two copies may share a value, its first 8 bytes, or any aligned block of 8 bytes. */

const BLOCK = 8

/** All aligned 8-byte blocks of some bytes, in hex. The first is the prefix. Fewer than 8 bytes are no evidence. */
export function blocks(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return hex.match(new RegExp(`.{${2 * BLOCK}}`, 'g')) ?? []
}

/** How many blocks stand in the list a second time. By chance: about n² / 2^65, that is 2^-25 for a million blocks. */
export function repeatedBlocks(values: Iterable<Uint8Array>): number {
  const seen = new Set<string>()
  let repeats = 0
  for (const value of values)
    for (const block of blocks(value)) {
      if (seen.has(block)) repeats++
      seen.add(block)
    }
  return repeats
}
