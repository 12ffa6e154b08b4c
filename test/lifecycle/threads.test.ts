/** An atfork() in one thread reaches the others of its process at their next draw. */
import { expect, test } from 'vitest'
import { runNode } from '../support/node-child.ts'

const MEMBER = JSON.stringify(new URL('../support/thread-member.mjs', import.meta.url).href)

test('from the main thread to others, to threads of threads, and from a thread to the main one', async () => {
  const answers = await runNode(`
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    import { atfork, createRandom } from 'atfork'
    const strict = createRandom({ onFork: 'throw' })
    strict(16)
    const drawn = () => {
      try {
        strict(16)
        return 'drew'
      } catch (error) {
        strict.reseed()
        return error.code
      }
    }
    const worker = new Worker(new URL(${MEMBER}), { workerData: { depth: 2 }, execArgv: [] })
    await once(worker, 'message')
    const ask = async (question) => {
      worker.postMessage(question)
      return [question, ...(await once(worker, 'message'))[0]]
    }
    const answers = [await ask('draw')]
    atfork()
    answers.push(['main', drawn()], await ask('draw'), await ask('draw'))
    answers.push(await ask('atfork'), ['main', drawn()], ['main', drawn()], await ask('draw'))
    worker.postMessage('end')
    report(answers)`)
  expect(answers).toEqual([
    ['draw', 'drew', 'drew', 'drew'], // the control: nobody called it
    ['main', 'ERR_FORKED'],
    ['draw', 'ERR_FORKED', 'ERR_FORKED', 'ERR_FORKED'],
    ['draw', 'drew', 'drew', 'drew'],
    ['atfork', 'called', 'ERR_FORKED', 'ERR_FORKED'],
    ['main', 'ERR_FORKED'],
    ['main', 'drew'],
    ['draw', 'ERR_FORKED', 'drew', 'drew'],
  ])
})
