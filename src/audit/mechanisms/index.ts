/** All mechanisms, in the table's order. */
import type { Mechanism } from '../mechanism.ts'
import { childProcesses, clusterWorkers, workerThreads } from './children.ts'
import { criu, criuTwice } from './criu.ts'
import { fork } from './fork.ts'
import { sea } from './sea.ts'
import { snapshot } from './snapshot.ts'
import { vm, vmWithoutVmgenid } from './vm.ts'

export const MECHANISMS: readonly Mechanism[] = [
  clusterWorkers,
  workerThreads,
  childProcesses,
  snapshot,
  sea,
  fork,
  criu,
  criuTwice,
  vm,
  vmWithoutVmgenid,
]
