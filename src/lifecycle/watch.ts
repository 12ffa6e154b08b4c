/**
 * What watches for copies from the moment of import. Each thing here only moves the generation number on.
 *
 * - A new cluster worker, forked child or thread starts with fresh memory; what remains is to know its place.
 * - A parent that creates one was not copied: its next draw refills, and no hook hears of it. The diagnostics channels
 *   tell of every spawn without loading node:cluster or node:child_process.
 * - A process started from a V8 startup snapshot is a copy.
 */
import { builtin } from '../builtins.ts'
import { afterDeserialize } from '../startup-snapshot.ts'
import { catchUp, recordCopy } from './atfork.ts'
import { locate } from './identity.ts'
import { claimWatch, expirePools, resumeSharing } from './record.ts'

/** Installs the watchers, once in an isolate however many copies of the package it loads. */
export function watch(): void {
  locate()
  afterDeserialize(locate)
  if (!claimWatch()) return
  const channels = builtin('diagnostics_channel')
  channels?.subscribe('child_process', expirePools)
  channels?.subscribe('worker_threads', expirePools)
  afterDeserialize(() => {
    resumeSharing()
    recordCopy('snapshot')
    catchUp()
  })
}
