import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KernelEntropy } from '../../src/entropy/kernel.ts'
import { EntropyError } from '../../src/errors.ts'
import { type Answer, FakeDevice, statOf } from '../support/fake-device.ts'

const LENGTH = 48
/** Bytes that are read and thrown away after an alarm. */
const START_UP = 1_024 * 8
const START = 3
/** Reads 48 bytes into the middle of a view, and sees to it that nothing is written beside them. */
function readFrom(source: KernelEntropy): number[] {
  const out = new Uint8Array(START + LENGTH + START).fill(0xaa)
  source.read(out, START, LENGTH)
  expect([...out.subarray(0, START), ...out.subarray(START + LENGTH)]).toEqual(Array(2 * START).fill(0xaa))
  return [...out.subarray(START, START + LENGTH)]
}

const errorOf = (run: () => unknown): EntropyError => {
  try {
    run()
  } catch (error) {
    if (error instanceof EntropyError) return error
    throw error
  }
  throw new Error('expected an EntropyError, got none')
}

function fake(answers: (read: number) => Answer | undefined = () => undefined, platform = 'linux') {
  const device = new FakeDevice(answers)
  return { device, source: new KernelEntropy(device.fs, platform) }
}

/** No failure may take more system calls than this: none goes on for ever. */
const MANY_CALLS = 64

describe('KernelEntropy, on a device that fails as told', () => {
  it('opens at the first read, checks once, and then only reads', () => {
    const { device, source } = fake()
    expect(device.calls).toEqual([])
    for (let i = 0; i < 3; i++) expect(readFrom(source)).toEqual(device.delivered.splice(0))
    expect(device.calls).toEqual(['open', 'fstat', 'read', 'read', 'read'])
    source.check()
    expect(device.calls.slice(5)).toEqual(['fstat'])
  })

  it('keeps the functions that it was made with', () => {
    const { device, source } = fake()
    for (const name of ['openSync', 'closeSync', 'fstatSync', 'readSync'] as const)
      Object.assign(device.fs, { [name]: () => expect.unreachable(name) })
    source.check()
    expect(readFrom(source)).toEqual(device.delivered)
  })

  it.each([
    ['short reads', [5, 1, 30, 11]],
    ['one byte at a time', Array(40).fill(1)],
    ['a read of nothing', [0, 7, 0, 0]],
    ['interruptions', ['EINTR', 9, 'EAGAIN', 'EINTR', 4]],
    ['an error that passes', [20, 'EIO', 'EIO']],
  ])('completes what is cut short by %s', (_, answers) => {
    const { device, source } = fake((read) => answers[read])
    expect(readFrom(source)).toEqual(device.delivered)
    expect(device.calls.filter((call) => call === 'open')).toHaveLength(1)
  })

  it.each([
    ['EINTR', 'EINTR'],
    ['EAGAIN', 'EAGAIN'],
    ['EIO', 'EIO'],
    [0, 'no data'],
  ])('gives up a device that answers %s for ever, and tries anew at the next read', (answer, reason) => {
    let broken: Answer | undefined = answer
    const { device, source } = fake(() => broken)
    const error = errorOf(() => readFrom(source))
    expect(error.code).toBe('ERR_ENTROPY_SOURCE_UNREADABLE')
    expect(error.message).toContain(`/dev/urandom could not be read (${reason})`)
    expect(device.calls.length).toBeLessThan(MANY_CALLS)
    broken = undefined
    expect(readFrom(source)).toEqual(device.delivered)
    expect(device.open.size).toBe(1)
  })

  it('ends also where the device is lost after each single byte', () => {
    const { device, source } = fake((read) => (read % 16 === 0 ? 1 : 'EINTR'))
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_UNREADABLE')
    expect(device.calls.length).toBeLessThan(LENGTH * MANY_CALLS)
  })

  it('fails on the n-th call alone, whichever it is, and is right before and after', () => {
    for (let n = 0; n < 20; n++) {
      const { device, source } = fake((read) => (read >= n && read < n + 16 ? 'EIO' : undefined))
      for (let i = 0; i < 20; i++) {
        device.delivered = []
        if (i === n) expect(errorOf(() => readFrom(source)).cause).toMatchObject({ code: 'EIO' })
        else expect(readFrom(source)).toEqual(device.delivered)
      }
    }
  })

  it('asks fstat and reads once more when 8 bytes repeat', () => {
    const first = Uint8Array.from({ length: LENGTH }, (_, i) => i)
    const sameStart = Uint8Array.from(first, (byte, i) => (i < 8 ? byte : 255 - byte))
    for (const repeat of [first, sameStart]) {
      const { device, source } = fake((read) => [first, repeat][read])
      expect(readFrom(source)).toEqual([...first])
      device.calls.length = 0
      expect(readFrom(source)).toEqual(device.delivered.slice(-LENGTH))
      expect(device.calls).toEqual(['read', 'fstat', 'read'])
    }
    // Control: 7 equal bytes are no repeat, at either end.
    for (const other of [0, 7]) {
      const close = Uint8Array.from(first, (byte, i) => (i === other ? 99 : byte))
      const { device, source } = fake((read) => [first, close][read])
      readFrom(source)
      expect(readFrom(source)).toEqual([...close])
      expect(device.calls).toEqual(['open', 'fstat', 'read', 'read'])
    }
  })

  it.each([
    ['the same bytes', new Uint8Array(LENGTH).fill(7)],
    ['zeros', new Uint8Array(LENGTH)],
  ])('refuses a device that gives %s three times running, until it is well again', (_, stuck) => {
    let broken = false
    const { device, source } = fake(() => (broken ? stuck : undefined))
    readFrom(source)
    broken = true
    // The first read of what then repeats looks like any other.
    try {
      readFrom(source)
    } catch {}
    device.calls.length = 0
    for (let i = 0; i < 3; i++) {
      const error = errorOf(() => readFrom(source))
      expect(error.code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
      expect(error.message).toMatch(/^\/dev\/urandom .*do not draw from it/)
    }
    expect(device.calls.filter((call) => call === 'read')).toHaveLength(6)
    expect(device.calls.length).toBeLessThan(MANY_CALLS)
    broken = false
    device.delivered = []
    expect(readFrom(source)).toEqual(device.delivered.slice(START_UP))
    expect(device.delivered).toHaveLength(START_UP + LENGTH)
    expect(readFrom(source)).toEqual(device.delivered.slice(START_UP + LENGTH))
  })

  it.each([2, 511])('refuses a device that has begun to repeat with a period of %i reads', (period) => {
    let broken = false
    const recorded = Array.from({ length: period }, (_, n) => new Uint8Array(LENGTH).fill(1 + (n % 200), n >> 8))
    const { device, source } = fake((read) => (broken ? recorded[read % period] : undefined))
    const out = new Uint8Array(LENGTH)
    const attempts = (times: number): boolean[] =>
      Array.from({ length: times }, () => {
        try {
          source.read(out, 0, LENGTH)
          return true
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_ENTROPY_SOURCE_REPEATS' })
          return false
        }
      })
    expect(attempts(600)).not.toContain(false)
    broken = true
    // What is noticed last is begun within a window that began with a good sample: so late, and never again.
    const noticed = attempts(2 * period + 512 + 1)
    expect(noticed).toContain(false)
    expect(attempts(2)).not.toContain(true)
    device.calls.length = 0
    attempts(1)
    expect(device.calls.length).toBeLessThan(START_UP)
    broken = false
    expect(attempts(600)).not.toContain(false)
  })

  it('owes the start-up test until it is passed, whatever fails meanwhile', () => {
    const stuck = new Uint8Array(LENGTH).fill(7)
    let answer: Answer | undefined = stuck
    const { device, source } = fake((read) => (read < 100 ? undefined : answer))
    for (let i = 0; i < 101; i++) readFrom(source)
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
    answer = 'EIO'
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_UNREADABLE')
    answer = stuck
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
    answer = undefined
    device.delivered = []
    readFrom(source)
    expect(device.delivered).toHaveLength(START_UP + LENGTH)
  })

  it('refuses a device that gives zeros from its first read', () => {
    const { source } = fake(() => new Uint8Array(LENGTH))
    expect(errorOf(() => readFrom(source)).code).toBe('ERR_ENTROPY_SOURCE_REPEATS')
  })

  it('refuses other devices: by their numbers on Linux, elsewhere by their kind alone', () => {
    const zero = statOf('character device', 0x105)
    for (const [platform, stat, got] of [
      ['linux', zero, 'the one with the numbers 1, 5'],
      ['linux', statOf('file'), 'a regular file'],
      ['linux', statOf('folder'), 'a folder'],
      ['linux', statOf('pipe'), 'a pipe'],
      ['linux', statOf('socket'), 'something else'],
      ['darwin', zero, undefined],
      ['darwin', statOf('file'), 'a regular file'],
    ] as const) {
      const { device, source } = fake(undefined, platform)
      const right = device.stat
      device.stat = stat
      if (got === undefined) {
        readFrom(source)
        continue
      }
      const error = errorOf(() => readFrom(source))
      expect(error.code).toBe('ERR_ENTROPY_SOURCE_INVALID')
      const numbers = platform === 'linux' ? ' with the numbers 1, 9' : ''
      expect(error.message).toMatch(
        `/dev/urandom expected the character device${numbers}, got ${got}: remove or unmount`,
      )
      expect(errorOf(() => source.check()).code).toBe('ERR_ENTROPY_SOURCE_INVALID')
      expect(device.calls).toEqual(['open', 'fstat', 'close', 'open', 'fstat', 'close'])
      expect(device.open.size).toBe(0)
      device.stat = right
      expect(readFrom(source)).toEqual(device.delivered)
    }
  })

  it.each(['ENOENT', 'EACCES', 'ENXIO', 'EMFILE', 'ENFILE'])(
    'says %s when it cannot be opened, and tries anew',
    (code) => {
      const { device, source } = fake()
      device.openError = code
      for (const run of [() => source.check(), () => readFrom(source)]) {
        const error = errorOf(run)
        expect(error.code).toBe('ERR_ENTROPY_SOURCE_MISSING')
        expect(error.message).toContain(`/dev/urandom could not be opened (${code}): `)
        expect(error.cause).toMatchObject({ code })
      }
      expect(device.calls).toEqual(['open', 'open'])
      device.openError = undefined
      expect(readFrom(source)).toEqual(device.delivered)
    },
  )

  it('closed by somebody: opened anew, in a read and in a check', () => {
    for (const run of [(source: KernelEntropy) => readFrom(source), (source: KernelEntropy) => source.check()]) {
      const { device, source } = fake()
      readFrom(source)
      device.open.clear()
      run(source)
      readFrom(source)
      expect(device.open.size).toBe(1)
      expect(device.calls).not.toContain('close')
    }
  })

  it('keeps nothing of a short read from a descriptor that is lost by then', () => {
    const { device, source } = fake((read) => {
      if (read > 0) return undefined
      device.open.clear()
      return 5
    })
    const bytes = readFrom(source)
    expect(device.delivered).toHaveLength(5 + LENGTH)
    expect(bytes).toEqual(device.delivered.slice(5))
  })

  it('nor if at first it cannot be opened anew', () => {
    const errors: string[] = []
    const { device, source } = fake((read) => {
      if (read > 0) return undefined
      device.open.clear()
      errors.push('EMFILE') // once
      return LENGTH - 1
    })
    Object.defineProperty(device, 'openError', { get: () => errors.pop() })
    const bytes = readFrom(source)
    expect(errors).toEqual([])
    expect(device.delivered).toHaveLength(LENGTH - 1 + LENGTH)
    expect(bytes).toEqual(device.delivered.slice(LENGTH - 1))
  })

  it('whatever a device does, fills all of the range or throws an EntropyError, within bounds', () => {
    const answer = fc.oneof(
      fc.integer({ min: 0, max: LENGTH }),
      fc.constantFrom('EINTR', 'EAGAIN', 'EIO', 'EBADF'),
      fc.constantFrom(new Uint8Array(LENGTH), new Uint8Array(LENGTH).fill(1), new Uint8Array(8).fill(2)),
    )
    const runs = fc.oneof(
      fc.array(answer, { maxLength: 60 }),
      fc
        .array(answer, { minLength: 1, maxLength: 3 })
        .map((some) => Array.from({ length: 200 }, (_, i) => some[i % some.length] as Answer)),
    )
    fc.assert(
      fc.property(runs, (answers) => {
        const { device, source } = fake((read) => answers[read])
        const out: number[][] = []
        for (let i = 0; i < 4; i++) {
          device.delivered = []
          device.calls.length = 0
          try {
            const bytes = readFrom(source)
            expect(bytes).toEqual(device.delivered.slice(-LENGTH))
            out.push(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(EntropyError)
          }
          expect(device.calls.length).toBeLessThan(LENGTH * MANY_CALLS)
          expect(device.open.size).toBe(1)
        }
        for (let i = 1; i < out.length; i++) expect(out[i]?.slice(0, 8)).not.toEqual(out[i - 1]?.slice(0, 8))
      }),
      { numRuns: 500 },
    )
  })
})
