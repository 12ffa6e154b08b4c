// Preloaded: reports each call of an asynchronous hook, before and after the time that it takes.
import { setTimeout } from 'node:timers/promises'
import { postfork } from 'atfork'

const report = (what, { kind, pid, workerId }) => console.log(JSON.stringify({ what, kind, pid, worker: workerId }))

postfork(async (event) => {
  report('hook', event)
  await setTimeout(100) // a connection, say
  report('hook done', event)
})
