// Preloaded: reports each call of an asynchronous hook, which is done only when the server could have listened already.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { postfork } from 'atfork'

const report = (what, { kind, pid, workerId }) => console.log(JSON.stringify({ what, kind, pid, worker: workerId }))

postfork(async (event) => {
  report('hook', event)
  await once(process, 'loaded')
  await setTimeout(300)
  report('hook done', event)
})
