/** What is done before a planned copy. */
import { catchUp } from './atfork.ts'
import { type HookOptions, registerPrefork, runPrefork, type Unregister } from './hooks.ts'

/** Registers what runs before a planned copy; runs what is registered. */
export interface Prefork {
  /**
   * Registers a hook that runs before this process is copied as planned: before a V8 startup snapshot is written, and
   * whenever somebody calls `prefork.run()`, for a platform that is about to suspend. The last one registered runs
   * first. Before a snapshot nothing can be awaited: there a hook that returns a promise is an error, and what fails ends
   * the process with exit code 1, so that no snapshot is written.
   *
   * @param hook - Called without arguments.
   * @param options - See {@link HookOptions}.
   * @returns A function that takes the hook away again; also Disposable.
   * @throws TypeError, RangeError for the arguments.
   * @example
   * ```ts
   * import { prefork } from 'atfork'
   * prefork(() => console.log('about to be copied'))
   * await prefork.run()
   * ```
   */
  (hook: () => unknown, options?: HookOptions): Unregister
  /**
   * Runs the hooks, one after the other. If this process has been copied unnoticed, its `postfork` hooks are started
   * first. Rejects with an AggregateError of what failed, after all have run.
   */
  run(): Promise<void>
}

/** See {@link Prefork}. */
export const prefork: Prefork = Object.assign(
  (hook: () => unknown, options?: HookOptions): Unregister => registerPrefork(hook, options),
  {
    async run() {
      catchUp()
      await undefined // what was noticed is delivered as a microtask
      await runPrefork()
    },
  },
)
