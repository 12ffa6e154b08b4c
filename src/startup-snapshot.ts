/** V8 startup snapshots, as far as the holders of secrets and descriptors need to know of them. */
import { builtin } from './builtins.ts'

// There is no SharedArrayBuffer while a snapshot is built. Elsewhere node:v8 is not loaded: it takes some milliseconds,
// and in a worker thread of a process that was started from a snapshot it ends the process on Node 22, 24 and 26.
const startupSnapshot = typeof SharedArrayBuffer === 'undefined' ? builtin('v8')?.startupSnapshot : undefined

/** Whether this process is building a snapshot. (Some Node lines answer 0 and 1.) */
export const buildingSnapshot = (): boolean => Boolean(startupSnapshot?.isBuildingSnapshot())

let releases: (() => void)[] = []

function releaseAll(): void {
  const due = releases
  releases = []
  for (const release of due) release()
}

/**
 * While a snapshot is built: calls `release` once, before the heap is serialised. To be called at each acquisition of
 * what must not be in a snapshot.
 *
 * Node runs serialise callbacks in the order of their registration, runs those that are added meanwhile, too, and if
 * one throws leaves out the rest and writes the snapshot all the same. So all of ours are one callback, from the first
 * import on; what an application's own callback makes us acquire after that is released by another.
 */
export function beforeSerialize(release: () => void): void {
  if (!buildingSnapshot()) return
  if (releases.length === 0) startupSnapshot?.addSerializeCallback(releaseAll)
  releases.push(release)
}

/** While a snapshot is built: calls `resume` in each process that is started from it. */
export function afterDeserialize(resume: () => void): void {
  if (buildingSnapshot()) startupSnapshot?.addDeserializeCallback(resume)
}
