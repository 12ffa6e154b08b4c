/** A preload that Node passes over. */

const ASKED = /--import[= ]\S*atfork\S*register/
const { process } = globalThis

/**
 * In a process that was started from a V8 startup snapshot Node does nothing about `--import`, and says nothing. Says it
 * in its place, if that was to load `atfork/register` and nothing else has.
 */
export function warnOfIgnoredImport(): void {
  if (!ASKED.test([...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' '))) return
  // Later, for a --require comes after the deserialise callbacks.
  process.nextTick(() => {
    if (Symbol.for('atfork:register:1') in globalThis) return
    const message = 'Node ignores --import in a process started from a snapshot, and so atfork/register is not loaded'
    process.emitWarning(message, { code: 'ATFORK_IMPORT_IGNORED', detail: 'Use --require=atfork/register.' })
  })
}
