// Preloaded into PM2's workers: notes each call of a hook. (PM2 takes over stdout and sets the app's variables later.)
import { postfork } from 'atfork'

globalThis.calls = []
postfork(({ kind, pid, workerId }) => globalThis.calls.push({ kind, pid, worker: workerId }))
