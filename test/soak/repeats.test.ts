import { randomFillSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder } from '../support/clone.ts'
import { findRepeats } from './repeats.ts'

const VALUES = 100_000

/** Two files of values, as `spoil` leaves them, looked through in one part and in 16. */
const look = (spoil: (one: Buffer, other: Buffer) => void): Promise<unknown[]> =>
  inFolder(async (folder) => {
    const contents = [Buffer.alloc(16 * VALUES), Buffer.alloc(16 * VALUES)] as const
    for (const bytes of contents) randomFillSync(bytes)
    spoil(...contents)
    const files = contents.map((bytes, i) => {
      const file = join(folder, `${i}.values`)
      writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(i)])) // a killed process leaves half a value
      return file
    })
    return [await findRepeats(files), await findRepeats(files, (2 * VALUES) / 16)]
  })

test('distinct values', async () => {
  const found = { values: 2 * VALUES, repeats: [] }
  expect(await look(() => {})).toEqual([found, found])
})

test('one planted value, in another file and in the same', async () => {
  for (const [from, to] of [[0, 1] as const, [0, 0] as const]) {
    let planted = ''
    const found = await look((...contents) => {
      contents[from].copy(contents[to], 16 * (VALUES - 1), 16 * 777, 16 * 778)
      const value = Buffer.from(contents[to].subarray(16 * (VALUES - 1)))
      value[6] = (value[6] as number) & 0x0f
      value[8] = (value[8] as number) & 0x3f
      planted = value.toString('hex')
    })
    const once = { values: 2 * VALUES, repeats: [planted] }
    expect(found).toEqual([once, once])
  }
})

test('a UUID made of the same bytes is a repeat; values that share 8 bytes are none', async () => {
  const found = await look((one, other) => {
    one.copy(other, 0, 0, 16)
    other[6] = ((other[6] as number) & 0x0f) | 0x40
    other[8] = ((other[8] as number) & 0x3f) | 0x80
    one.copy(other, 16, 16, 20)
    one.copy(other, 28, 28, 32)
  })
  expect(found.map((each) => (each as { repeats: string[] }).repeats.length)).toEqual([1, 1])
})
