/**
 * What watches for copies from the moment of import. Each thing here only moves the generation number on.
 *
 * - A new cluster worker, forked child or thread starts with fresh memory; it mixes in what tells it from its siblings.
 * - A parent that creates one was not copied: its next draw refills, and no hook hears of it. The diagnostics channels
 *   tell of every spawn without loading node:cluster or node:child_process.
 * - A process started from a V8 startup snapshot is a copy.
 */
import { builtin } from '../builtins.ts'
import { afterDeserialize, beforeSerialize } from '../startup-snapshot.ts'
import { recordBirth, recordSnapshot } from './atfork.ts'
import { runPreforkAtOnce } from './hooks.ts'
import { locate, noticeCopy } from './identity.ts'
import { warnOfIgnoredImport } from './ignored-import.ts'
import { expirePools, isolate, resumeSharing } from './record.ts'

/**
 * Installs the watchers, once in an isolate however many copies of the package it loads.
 *
 * @returns Whether this copy was the first.
 */
export function watch(): boolean {
  const birth = locate()
  afterDeserialize(locate)
  if (isolate.watched) return false
  isolate.watched = true
  noticeCopy() // the first look, so that a fork before the first draw is noticed too
  if (birth !== undefined) recordBirth(birth)
  const channels = builtin('diagnostics_channel')
  channels?.subscribe('child_process', expirePools)
  channels?.subscribe('worker_threads', expirePools)
  beforeSerialize(runPreforkAtOnce)
  afterDeserialize(() => {
    resumeSharing()
    recordSnapshot()
    warnOfIgnoredImport()
  })
  return true
}
