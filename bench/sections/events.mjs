/** What an `atfork()` costs: by itself, with the refills that it makes due, with hooks. */
import { atfork, createRandom, healing, postfork } from 'atfork'
import { absolute } from '../row.mjs'
import { spaced } from '../timer.mjs'

const COUNTS = [1, 10, 100]
const plural = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`

/** The budget is for an event that reseeds OpenSSL as well: one that cannot would look too good. */
function obstacle() {
  atfork()
  const { openssl } = healing()
  return openssl === 'reseeded' ? undefined : `OpenSSL is ${openssl}`
}

const row = (name, prepare) =>
  absolute(name, 'µs', async () => (await spaced(prepare())).map((ns) => ns / 1000), { obstacle })

function generators(count) {
  const all = Array.from({ length: count }, () => createRandom())
  for (const generator of all) generator(16)
  return all
}

/** An event that calls so many hooks. */
function hooked(count) {
  let ran = 0
  for (let left = count; left > 0; left--) postfork(() => void ran++)
  ran = 0
  atfork()
  if (ran !== count) throw new Error(`expected ${count} hooks to run, got ${ran}`)
  return () => atfork()
}

export const events = [
  ...COUNTS.map((count) =>
    row(`atfork(), ${plural(count, 'generator')}`, () => {
      const kept = generators(count)
      return () => {
        atfork()
        return kept
      }
    }),
  ),
  ...COUNTS.map((count) =>
    row(`atfork(), ${plural(count, 'generator')}, and a draw from each`, () => {
      const all = generators(count)
      return () => {
        atfork()
        for (const generator of all) generator(16)
      }
    }),
  ),
  ...COUNTS.map((count) => row(`atfork(), ${plural(count, 'hook')}`, () => hooked(count))),
]
