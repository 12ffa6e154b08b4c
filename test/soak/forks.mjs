// Copies by fork(2), over and over, for as long as the soak test runs: whoever is a copy draws out of the same pool as
// its parent does. Every other one calls atfork() first, and then draws with maxAge, too.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { forkChildren, main, options, report } from '../servers/programs/copies.mjs'
import { drawer } from './drawer.mjs'

const CHILDREN = 4
/** Milliseconds: the threads need the processors, too. */
const PAUSE = 300
const { package: url, folder, seconds } = options
const lib = await import(url)

await main({
  async soak() {
    let files = 0
    const newFile = () => join(folder, `${process.pid}-${files++}.values`)
    const aged = lib.createRandom({ maxAge: 10 })
    const draw = drawer(lib, newFile(), aged)
    const start = performance.now()
    let copies = 0
    while (performance.now() - start < 1000 * seconds) {
      draw(200)
      const names = Array.from({ length: CHILDREN }, newFile)
      const wait = await forkChildren(CHILDREN, (child) => {
        const told = child % 2 === 0
        if (told) lib.atfork()
        drawer(lib, names[child - 1], told ? aged : undefined)(600)
      })
      draw(200)
      wait()
      copies += CHILDREN
      await sleep(PAUSE)
    }
    report('forks', copies)
  },
})
