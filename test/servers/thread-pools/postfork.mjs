// Preloaded into threads, or imported by with-hook.mjs: notes each call of a hook.
import { postfork } from 'atfork'

globalThis.calls = []
postfork(({ kind, threadId }) => globalThis.calls.push({ kind, threadId }))
