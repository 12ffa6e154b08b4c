/** Choices from sequences. All randomness is drawn before the caller's own objects are touched. */

import { descendingBelow } from './integers.ts'
import type { ByteSource } from './source.ts'

/** Swaps the items into a uniformly random order: Fisher-Yates, from the end. */
export function shuffle(source: ByteSource, items: { [index: number]: unknown }, length: number): void {
  const picks = descendingBelow(source, Math.max(0, length - 1), length)
  for (let i = 0; i < picks.length; i++) {
    const last = length - 1 - i
    const pick = picks[i] as number
    const item = items[last]
    items[last] = items[pick]
    items[pick] = item
  }
}

/** `count` different positions below `length`, in random order. The shuffle above, of an array that is never made. */
export function samplePositions(source: ByteSource, length: number, count: number): number[] {
  const moved = new Map<number, number>()
  return Array.from(descendingBelow(source, count, length), (pick, i) => {
    const last = length - 1 - i
    const position = moved.get(pick) ?? pick
    moved.set(pick, moved.get(last) ?? last)
    return position
  })
}
