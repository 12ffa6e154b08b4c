/** random.stream(): a Readable whose read-ahead is not what it hands out. */
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { systemEntropy } from '../src/entropy/system.ts'
import { createRandom, EntropyError, random } from '../src/index.ts'
import { repeatedBlocks } from './support/blocks.ts'
import { withSnapshot } from './support/snapshot.ts'

/** Until something can be read. */
async function read(stream: NodeJS.ReadableStream, length: number): Promise<Buffer> {
  for (;;) {
    const chunk = stream.read(length)
    if (chunk !== null) return chunk as Buffer
    await turn()
  }
}

test('every way of reading gives fresh bytes, as many as asked for', async () => {
  const chunks: Buffer[] = []
  const paused = random.stream()
  for (const length of [1, 16, 1000, 70_000]) {
    const chunk = await read(paused, length)
    expect(chunk.length).toBe(length)
    chunks.push(chunk)
  }
  for await (const chunk of random.stream().take(3)) chunks.push(chunk)
  const flowing = random.stream()
  await new Promise<void>((done) => {
    let count = 0
    flowing.on('data', (chunk) => {
      chunks.push(chunk)
      if (++count === 5) flowing.destroy()
    })
    flowing.once('close', done)
  })
  let written = 0
  const sink = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk)
      written += chunk.length
      done(written > 200_000 ? new Error('enough') : null)
    },
  })
  await expect(pipeline(random.stream(), sink)).rejects.toThrow('enough')
  expect(chunks.every((chunk) => Buffer.isBuffer(chunk))).toBe(true)
  const whole = chunks.filter(({ length }) => length >= 8).map((chunk) => Uint8Array.from(chunk))
  expect(repeatedBlocks(whole)).toBe(0)
})

test('a reader that never pauses leaves time for others', async () => {
  const stream = random.stream().on('data', () => {})
  await turn()
  await turn()
  stream.destroy()
})

test('a runtime without node:stream', () => {
  const { getBuiltinModule } = process
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'stream' ? undefined : getBuiltinModule(name)) as never)
  expect(() => random.stream()).toThrow(new Error('this runtime has no node:stream: draw with random(length)'))
  vi.restoreAllMocks()
  random.stream().destroy()
})

test('what was read ahead before a copy is not handed out by two of them', () =>
  withSnapshot(
    `import { random, seeded } from 'atfork'
     const { Readable } = process.getBuiltinModule('stream')
     const stream = random.stream()
     const control = Readable.from([Buffer.from(seeded('ahead')(64))], { objectMode: false })
     const ahead = []
     const start = async () => {
       while (stream.readableLength < 64 || control.readableLength < 64) {
         stream.read(0)
         control.read(0)
         await new Promise((resolve) => setImmediate(resolve))
       }
       ahead.push(stream.readableLength)
     }
     start()
     process.getBuiltinModule('v8').startupSnapshot.setDeserializeMainFunction(() => {
       const taken = stream.read(64)
       console.log(JSON.stringify({ ahead: ahead[0], taken: taken.toString('hex'), control: control.read(64).toString('hex') }))
     })`,
    async (_, start) => {
      const copies = (await Promise.all([start(), start(), start()])).map(({ stdout }) => JSON.parse(stdout))
      for (const { ahead } of copies) expect(ahead).toBeGreaterThanOrEqual(64)
      expect(repeatedBlocks(copies.map(({ taken }) => Buffer.from(taken, 'hex')))).toBe(0)
      expect(new Set(copies.map(({ control }) => control)).size).toBe(1)
    },
  ))

test('without entropy it ends with the error, and hands nothing out', async () => {
  const broken = new EntropyError('ERR_ENTROPY_SOURCE_UNREADABLE', 'no entropy')
  const spy = vi.spyOn(systemEntropy, 'read')
  try {
    const stream = createRandom().stream()
    stream.read(0)
    while (stream.readableLength === 0) await turn()
    const failed = new Promise((resolve) => stream.once('error', resolve))
    spy.mockImplementation(() => {
      throw broken
    })
    expect(stream.read(16)).toBeNull()
    expect(await failed).toBe(broken)
    const unread = createRandom().stream()
    const early = new Promise((resolve) => unread.once('error', resolve))
    unread.resume()
    expect(await early).toBe(broken)
  } finally {
    spy.mockRestore()
  }
})

test('setEncoding is refused', () => {
  expect(() => random.stream().setEncoding('hex')).toThrow(TypeError)
})

test('nothing that was read ahead comes out of a stream that was destroyed', async () => {
  const stream = random.stream()
  stream.read(0)
  while (stream.readableLength === 0) await turn()
  expect(stream.read(8)?.length).toBe(8) // the control
  stream.destroy()
  expect(stream.read(8)).toBeNull()
})
