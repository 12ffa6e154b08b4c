/**
 * What a test may do to the system around a process: a `/dev` of its own in a mount namespace, no privileges, faults in
 * system calls. Each is a command that starts another, or the reason why there is none here.
 */
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'
import { missing } from './slow.ts'

/** A command to stand in front of another, or why this machine has none. */
export type Prefix = { command: readonly string[] } | { missing: string }

/** Whether a command ends well. */
export const works = ([file, ...args]: readonly string[]): boolean => spawnSync(file as string, args).status === 0

/** The command. Without one the test is skipped, or fails if ATFORK_REQUIRE_ALL is 1. */
export function need(ctx: TestContext, prefix: Prefix): readonly string[] {
  return 'command' in prefix ? prefix.command : missing(ctx, prefix.missing)
}

/** Runs the shell commands of `setup` first, in the same place; `$0` is their first argument. */
const afterSetup = (setup: string, argument: string): string[] => ['sh', '-ec', `${setup}\nexec "$@"`, argument]

/** As root: a mount namespace. Else: one within a user namespace, in which this user is root. */
const KINDS = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
] as const
const namespace = KINDS.find((kind) => works([...kind, 'sh', '-ec', 'mount -t tmpfs tmpfs /dev; umount /dev']))

/** Mounts that nobody else sees. `setup` is a shell script that makes them; `$0` in it is `argument`. */
export const mountNamespace = (setup: string, argument = ''): Prefix =>
  namespace === undefined
    ? { missing: 'mount namespaces: needs root, or unprivileged user namespaces (unshare --user --mount)' }
    : { command: [...namespace, ...afterSetup(setup, argument)] }

const NO_PRIVILEGES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] as const

/** The same, and then without root's privileges: file modes count. */
export function unprivilegedNamespace(setup: string, argument = ''): Prefix {
  const outside = mountNamespace(setup, argument)
  if ('missing' in outside) return outside
  const command = [...outside.command, ...NO_PRIVILEGES]
  return works([...(namespace as readonly string[]), ...NO_PRIVILEGES, 'true'])
    ? { command }
    : { missing: 'setpriv (util-linux)' }
}

/** A limit on open descriptors, which Node cannot raise. */
export const fewDescriptors = (limit: number): Prefix => ({ command: afterSetup(`ulimit -n ${limit}`, '') })

/** Faults in the system calls that name, or work on, one path; `log` is written by strace. Without faults, for a control. */
export const faults = (path: string, log: string, calls: readonly string[], inject: readonly string[]): Prefix =>
  works(['strace', '-o', log, 'true'])
    ? {
        command: [
          'strace',
          '-f',
          '-o',
          log,
          '-P',
          path,
          '-e',
          `trace=${calls}`,
          ...inject.flatMap((one) => ['-e', `inject=${one}`]),
        ],
      }
    : { missing: 'strace, and leave to trace processes (ptrace)' }
