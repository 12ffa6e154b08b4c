/** What hooks add to an `atfork()`. */
import { atfork, postfork } from 'atfork'
import { absolute } from '../row.mjs'
import { alone } from '../timer.mjs'

let ran = 0

export const hooks = [1, 10, 100].map((count) =>
  absolute(`atfork(), ${count} postfork hook${count === 1 ? '' : 's'}`, 'µs', () => {
    for (let left = count; left > 0; left--) postfork(() => void ran++)
    const before = ran
    atfork()
    if (ran - before !== count) throw new Error(`expected ${count} hooks to run, got ${ran - before}`)
    return alone(() => atfork()).map((ns) => ns / 1000)
  }),
)
