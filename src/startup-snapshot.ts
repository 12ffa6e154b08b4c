/** V8 startup snapshots, as far as the holders of secrets and descriptors need to know of them. */
import { builtin } from './builtins.ts'

// There is no SharedArrayBuffer while a snapshot is built. Elsewhere node:v8 is not loaded: it takes some milliseconds,
// and in a worker thread of a process that was started from a snapshot it ends the process on Node 22, 24 and 26.
const startupSnapshot = typeof SharedArrayBuffer === 'undefined' ? builtin('v8')?.startupSnapshot : undefined

/** Whether this process is building a snapshot. (Some Node lines answer 0 and 1.) */
export const buildingSnapshot = (): boolean => Boolean(startupSnapshot?.isBuildingSnapshot())

/**
 * While a snapshot is built: calls `release` once, before the heap is serialised. To be called at each acquisition of
 * what must not be in a snapshot; callbacks that are added while others run are run too, so that what an
 * application's own serialise callback makes us acquire late is released as well.
 */
export function beforeSerialize(release: () => void): void {
  if (buildingSnapshot()) startupSnapshot?.addSerializeCallback(release)
}

/** While a snapshot is built: calls `resume` in each process that is started from it. */
export function afterDeserialize(resume: () => void): void {
  if (buildingSnapshot()) startupSnapshot?.addDeserializeCallback(resume)
}
