/** All mechanisms, in the table's order. */
import type { Mechanism } from '../mechanism.ts'
import { childProcesses, clusterWorkers, workerThreads } from './children.ts'
import { snapshot } from './snapshot.ts'

export const MECHANISMS: readonly Mechanism[] = [clusterWorkers, workerThreads, childProcesses, snapshot]
