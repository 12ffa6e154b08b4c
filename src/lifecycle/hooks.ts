/**
 * Hooks: what else must not be shared by two copies (database pools, loggers, trace ids) is renewed in `postfork`
 * hooks, and closed in `prefork` hooks. All of an event's hooks are started in the order of their registration, and
 * none waits for another. One that throws does not keep the others from running.
 */
import { checkFunction, checkInteger, checkOptions, option } from '../checks.ts'
import { HookError } from '../errors.ts'
import { type ForkEvent, isolate, type PostforkHook, type PreforkHook, type Run } from './record.ts'

/** What {@link postfork} and prefork take. */
export interface HookOptions {
  /** Milliseconds that the hook may take if it is asynchronous, 1 to 2^31 - 1. Default: 30,000. */
  timeout?: number
}

/** Takes a hook away again. Calling it twice is as good as once. */
export interface Unregister extends Disposable {
  (): void
}

const TIMEOUT = 30_000
const MAX_TIMEOUT = 2 ** 31 - 1

// As they were at import: a test's fake clock must not stop them.
const { setTimeout, clearTimeout } = globalThis

/** What `await` would wait for: a function with `then` is one, too. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function'

/** A function's name, for errors. It can be anything: a static method may be called so. */
export function nameOf(call: object): string {
  const { name } = call as { name?: unknown }
  return typeof name === 'string' && name !== '' ? name : 'a function without a name'
}

/** What an error says. That of several addresses that refused a connection has no message of its own. */
function told(error: unknown): string {
  try {
    if (!(error instanceof Error))
      return typeof error === 'object' ? 'it threw an object that is no Error' : String(error)
    const inner = error instanceof AggregateError ? error.errors[0] : undefined
    return String(error.message || (inner as Error | undefined)?.message || error.name)
  } catch {
    return 'it threw an error that cannot be read' // a proxy, a getter of its own: the error itself is handed on
  }
}

/** All failures of one event. */
function aggregate(failures: Failure[]): AggregateError {
  const what = failures.map(({ hook, error }) => `${hook}: ${told(error)}`)
  const errors = failures.map(({ error }) => error)
  return new AggregateError(errors, `${failures.length} hook(s) failed: ${what.join('; ')}: see errors`)
}

interface Failure {
  hook: string
  error: unknown
}

/** The same promise, unless it takes too long. */
async function inTime(
  result: PromiseLike<unknown>,
  { name, timeout }: Pick<PreforkHook, 'name' | 'timeout'>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `the hook ${name} was not done after ${timeout} ms: let it finish sooner, or give it a longer "timeout"`
    timer = setTimeout(() => reject(new HookError(message)), timeout)
  })
  try {
    await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What ready() waits for. A failure that nobody waits for is an unhandled rejection, as anywhere in Node. */
function track(work: Promise<void>): void {
  const run: Run = { done: work, failed: false }
  run.done = work.then(
    () => {
      isolate.runs.delete(run)
    },
    (error) => {
      run.failed = true
      throw error
    },
  )
  isolate.runs.add(run)
}

/** Starts hooks. What fails at once is returned; what fails later is for ready(). */
function start(hooks: readonly PostforkHook[], event: ForkEvent): Failure[] {
  const failures: Failure[] = []
  const late: Failure[] = []
  const pending: Promise<void>[] = []
  for (const hook of hooks) {
    if (!isolate.postfork.includes(hook)) continue // an earlier one has taken it away
    try {
      const { call } = hook // without the record's own entry as `this`
      const result = call(event)
      if (isThenable(result))
        pending.push(inTime(result, hook).catch((error) => void late.push({ hook: hook.name, error })))
    } catch (error) {
      failures.push({ hook: hook.name, error })
    }
  }
  if (pending.length > 0)
    track(
      Promise.all(pending).then(() => {
        if (late.length > 0) throw aggregate(late)
      }),
    )
  return failures
}

/**
 * Runs all postfork hooks.
 *
 * @returns An AggregateError of those that failed at once.
 */
export function runPostfork(event: ForkEvent): AggregateError | undefined {
  // An atfork() in one of them remixes and heals, and starts none again.
  if (isolate.starting) return undefined
  for (const run of isolate.runs) if (run.failed) isolate.runs.delete(run) // of an earlier event
  isolate.starting = true
  try {
    const failures = start([...isolate.postfork], event)
    return failures.length > 0 ? aggregate(failures) : undefined
  } finally {
    isolate.starting = false
  }
}

/** For failures that no caller can be told of. */
export function reject(error: AggregateError): void {
  track(Promise.reject(error))
}

function register<H>(hooks: H[], hook: H): Unregister {
  hooks.push(hook)
  const unregister = (): void => {
    const at = hooks.indexOf(hook)
    if (at >= 0) hooks.splice(at, 1)
  }
  return Object.assign(unregister, { [Symbol.dispose]: unregister })
}

/** Name and time of a hook that is to be registered. */
function checkHook(hook: unknown, options: HookOptions | undefined): { name: string; timeout: number } {
  const name = nameOf(checkFunction('hook', hook))
  checkOptions('options', options)
  const timeout = checkInteger('timeout', option(options, 'timeout', TIMEOUT), 1, MAX_TIMEOUT)
  return { name, timeout }
}

/** In a process or thread that is a child already. */
function runOnce(hook: PostforkHook): void {
  if (isolate.child === undefined) return
  const failures = start([hook], isolate.child)
  if (failures.length > 0) reject(aggregate(failures))
}

const isContext = (value: unknown): value is ClassMethodDecoratorContext =>
  value !== null && typeof value === 'object' && 'kind' in value && 'addInitializer' in value

/**
 * Registers a hook that runs in each copy of this process, once its generators are remixed and node:crypto is healed.
 * Where this already is a child (a cluster worker, thread, forked child, a process started from a snapshot, or a copy
 * that was noticed), it also runs once, at once.
 *
 * As a decorator of a static method (`@postfork static reconnect() {}`) it registers that method, with the class as
 * `this`; where it would run at once, it runs when the class is complete.
 *
 * @param hook - Called with a {@link ForkEvent}; may return a promise, for which `ready()` waits. An atfork() in it
 * starts no hooks; but after an `await` it would start this one again.
 * @param options - See {@link HookOptions}.
 * @returns A function that takes the hook away again; also Disposable.
 * @throws TypeError, RangeError for the arguments. What hooks throw comes out of `atfork()`, `ready()`, or as an
 * unhandled rejection, as an AggregateError.
 * @example
 * ```ts
 * import { postfork } from 'atfork'
 * postfork((event) => console.log(`now process ${event.pid}, by ${event.kind}`))
 * ```
 */
export function postfork(hook: (event: ForkEvent) => unknown, options?: HookOptions): Unregister
export function postfork(method: (event: ForkEvent) => unknown, context: ClassMethodDecoratorContext): void
export function postfork(
  hook: (event: ForkEvent) => unknown,
  options?: HookOptions | ClassMethodDecoratorContext,
): Unregister | undefined {
  if (isContext(options)) {
    decorate(hook, options)
    return undefined
  }
  if (typeof options === 'string' || typeof options === 'symbol')
    throw new TypeError(
      '"@postfork" expected a standard decorator\'s arguments, got those of "experimentalDecorators": turn that off, or call postfork(Class.method)',
    )
  const entry: PostforkHook = { ...checkHook(hook, options), call: hook }
  const unregister = register(isolate.postfork, entry)
  runOnce(entry)
  return unregister
}

/** The type says that it is a method. Whoever does not ask the type decorates anything. */
const whatIs = ({ kind, static: isStatic }: DecoratorContext & { static?: boolean }): string =>
  kind === 'class' ? 'a class' : `${isStatic ? 'a static' : 'an instance'} ${kind}`

function decorate(method: (event: ForkEvent) => unknown, context: ClassMethodDecoratorContext): void {
  if (context.kind !== 'method' || !context.static)
    throw new TypeError(`"@postfork" expected a static method, got ${whatIs(context)}`)
  context.addInitializer(function (this: unknown) {
    const call = (event: ForkEvent): unknown => method.call(this, event)
    const entry: PostforkHook = { call, name: String(context.name), timeout: TIMEOUT }
    register(isolate.postfork, entry)
    queueMicrotask(() => runOnce(entry)) // static fields are initialised after this
  })
}

/** Those that an earlier one takes away are left out. */
function* preforkHooks(): Generator<PreforkHook> {
  for (const hook of [...isolate.prefork].reverse()) if (isolate.prefork.includes(hook)) yield hook
}

/**
 * Before a snapshot is written. A failure ends the process: of what a serialise callback throws, Node only tells, leaves
 * out the callbacks after it (those that wipe pools), writes the snapshot all the same, and ends with exit code 0.
 */
export function runPreforkAtOnce(): void {
  const failures: Failure[] = []
  for (const { call, name } of preforkHooks())
    try {
      if (isThenable(call()))
        throw new TypeError(
          '"prefork hook" expected to be synchronous before a snapshot, got a promise: nothing can be awaited there',
        )
    } catch (error) {
      failures.push({ hook: name, error })
    }
  if (failures.length === 0) return
  console.error(aggregate(failures))
  process.exit(1)
}

/** One after the other. Rejects with an AggregateError of what failed, after all have run. */
export async function runPrefork(): Promise<void> {
  const failures: Failure[] = []
  for (const { call, name, timeout } of preforkHooks())
    try {
      await inTime(Promise.resolve(call()), { name, timeout })
    } catch (error) {
      failures.push({ hook: name, error })
    }
  if (failures.length > 0) throw aggregate(failures)
}

/** Adds a prefork hook whose arguments are to be checked. */
export function registerPrefork(hook: () => unknown, options: HookOptions | undefined): Unregister {
  return register(isolate.prefork, { ...checkHook(hook, options), call: hook })
}
