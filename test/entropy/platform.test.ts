import { afterEach, describe, expect, it, vi } from 'vitest'
import { PlatformEntropy } from '../../src/entropy/platform.ts'
import { EntropyError } from '../../src/errors.ts'
import { mountNamespace, need } from '../support/namespaces.ts'
import { runNode } from '../support/node-child.ts'

/** A getRandomValues with WebCrypto's limit, that numbers its calls: 1, 1, 1 …, then 2, 2, 2 … */
function countingCrypto() {
  const lengths: number[] = []
  const getRandomValues = (view: Uint8Array): Uint8Array => {
    if (view.length > 65_536) throw new Error('QuotaExceededError')
    return view.fill(lengths.push(view.length))
  }
  return { lengths, getRandomValues }
}

afterEach(() => vi.unstubAllGlobals())

describe('PlatformEntropy', () => {
  it.each([
    [0, []],
    [8, [8]],
    [65_535, [65_535]],
    [65_536, [65_536]],
    [65_537, [65_536, 1]],
    [200_000, [65_536, 65_536, 65_536, 3_392]],
  ])('fills %i bytes in calls of at most 65,536, and nothing beside them', (length, lengths) => {
    const crypto = countingCrypto()
    vi.stubGlobal('crypto', crypto)
    const out = new Uint8Array(3 + length + 3)
    new PlatformEntropy().read(out, 3, length)
    expect(crypto.lengths).toEqual(lengths)
    const expected = lengths.flatMap((each, call) => Array<number>(each).fill(call + 1))
    expect(Buffer.compare(out, Uint8Array.from([0, 0, 0, ...expected, 0, 0, 0]))).toBe(0)
  })

  it('says so when it fails, with the cause; the next read tries again', () => {
    const cause = new Error('no entropy today')
    const getRandomValues = vi
      .fn((view: Uint8Array) => view.fill(7))
      .mockImplementationOnce(() => {
        throw cause
      })
    vi.stubGlobal('crypto', { getRandomValues })
    const source = new PlatformEntropy()
    const out = new Uint8Array(4)
    expect(() => source.read(out, 0, 4)).toThrow(
      expect.objectContaining({ name: 'EntropyError', code: 'ERR_ENTROPY_SOURCE_UNREADABLE', cause }),
    )
    source.read(out, 0, 4)
    expect(out).toEqual(new Uint8Array(4).fill(7))
  })

  it('goes on with the function that it was made with', () => {
    const crypto = countingCrypto()
    vi.stubGlobal('crypto', crypto)
    const source = new PlatformEntropy()
    vi.stubGlobal('crypto', { getRandomValues: () => expect.unreachable() })
    source.check()
    source.read(new Uint8Array(8), 0, 8)
    expect(crypto.lengths).toEqual([8])
  })

  it.each([
    ['no crypto', undefined],
    ['a crypto without getRandomValues', {}],
  ])('%s: refused, and nothing is written', (_, crypto) => {
    vi.stubGlobal('crypto', crypto)
    const source = new PlatformEntropy()
    const out = new Uint8Array(8).fill(7)
    for (const run of [() => source.check(), () => source.read(out, 0, 8)]) {
      expect(run).toThrow(EntropyError)
      expect(run).toThrow(expect.objectContaining({ code: 'ERR_ENTROPY_SOURCE_MISSING' }))
      expect(run).toThrow(/getRandomValues: use a runtime that has WebCrypto/)
    }
    expect([...out]).toEqual(Array(8).fill(7))
  })
})

/** What a process draws from that had `prepare` run before it imported the package. */
const USED = (prepare: string): string => `
  import { readdirSync, readlinkSync } from 'node:fs'
  const process = globalThis.process
  ${prepare}
  const { EntropyError, random } = await import('atfork')
  const draw = () => {
    try {
      return random(16).length
    } catch (error) {
      return error instanceof EntropyError ? error.code : String(error)
    }
  }
  const isHeld = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd) === '/dev/urandom' } catch { return false } }
  const descriptors = () => { try { return readdirSync('/proc/self/fd') } catch { return [] } }
  const drawn = draw()
  report({ source: random.entropySource, drawn, distinct: random.uuid() !== random.uuid(), held: descriptors().filter(isHeld).length })`

describe('the source of this system', () => {
  it.each([
    ['Windows', `Object.defineProperty(process, 'platform', { value: 'win32' })`],
    [
      "a runtime without Node's modules",
      `process.getBuiltinModule = undefined; Object.defineProperty(process, 'versions', { value: {} })`,
    ],
    ['a runtime without process', 'globalThis.process = undefined'],
  ])('%s: what the platform offers', async (_, prepare) => {
    const expected = { source: 'platform', drawn: 16, distinct: true, held: 0 }
    expect(await runNode(USED(prepare))).toEqual(expected)
  })

  it("without node:crypto there is no AES, and `expand: 'aes'` says what there is", async () => {
    const result = await runNode(`
      process.getBuiltinModule = undefined
      const { createRandom } = await import('atfork')
      const lengths = [createRandom(), createRandom({ expand: 'hmac', maxAge: 10 })].map((draw) => draw(5000).length)
      try { createRandom({ expand: 'aes' }) } catch ({ name, message }) { report([lengths, name, message]) }`)
    const message = `"expand" expected 'hmac', for this runtime has no node:crypto, got 'aes'`
    expect(result).toEqual([[5000, 5000], 'RangeError', expect.stringContaining(message.slice(0, -10))])
  })

  it.skipIf(process.platform !== 'linux')('Linux: the device', async () => {
    expect(await runNode(USED(''))).toEqual({ source: 'kernel', drawn: 16, distinct: true, held: 1 })
  })

  it('is not the platform where the kernel’s device has failed, though the platform would answer', async (ctx) => {
    const within = need(ctx, mountNamespace('mount -t tmpfs tmpfs /dev'))
    const result = await runNode(
      `import { EntropyError, random } from 'atfork'
      let asked = 0
      const { getRandomValues } = crypto
      crypto.getRandomValues = (view) => { asked++; return getRandomValues.call(crypto, view) }
      const codes = []
      for (const draw of [() => random(16), () => random.uuid(), () => random.reseed()])
        try {
          draw()
        } catch (error) {
          codes.push(error instanceof EntropyError && error.code)
        }
      crypto.getRandomValues(new Uint8Array(8))
      report({ source: random.entropySource, codes, asked })`,
      { within },
    )
    // Asked once: by the test itself.
    expect(result).toEqual({ source: 'kernel', codes: Array(3).fill('ERR_ENTROPY_SOURCE_MISSING'), asked: 1 })
  })
})
