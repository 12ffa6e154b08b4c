/** C files of this folder, compiled by gcc for the processes that a test starts. */
import { execFileSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { need, works } from './namespaces.ts'

function compiled(ctx: TestContext, folder: string, source: string, flags: readonly string[]): string {
  const file = join(folder, basename(source, '.c'))
  need(ctx, works(['gcc', '--version']) ? { command: [] } : { missing: 'gcc, libc6-dev' })
  execFileSync('gcc', [...flags, '-O1', '-o', file, fileURLToPath(new URL(source, import.meta.url))])
  return file
}

/** A library for LD_PRELOAD, in `folder`. Without gcc the test is skipped, or fails if ATFORK_REQUIRE_ALL is 1. */
export const library = (ctx: TestContext, folder: string, source: string): string =>
  compiled(ctx, folder, source, ['-shared', '-fPIC'])

/** The same of a program. */
export const program = (ctx: TestContext, folder: string, source: string): string => compiled(ctx, folder, source, [])
