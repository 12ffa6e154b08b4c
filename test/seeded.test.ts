import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atfork, random, type SeededRandom, seeded } from '../src/index.ts'
import { generation } from '../src/lifecycle/record.ts'
import { blocks, repeatedBlocks } from './support/blocks.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('what a seed gives is part of the interface: if one of these values changes, that is a breaking change', () => {
  // The values were computed a second time from the definition alone (HMAC, SHA-256 and big integers, in another
  // language): entropy_input SHA-256("string:" ‖ seed), nonce "atfork.seeded/v1", personalization string "0/2/1" for
  // child 1 of child 2 of child 0, generated from in blocks of 1,024 bytes.
  const VALUES: [name: string, draw: (generator: SeededRandom) => unknown, value: unknown, bytes: number][] = [
    ['bytes', (g) => hex(g(32)), 'cafa500cbb99d19024d53f262835492f221f12a129dbefa3854cc9ecdea2dd1c', 32],
    ['fill', (g) => g.fill(new Uint32Array(2)).join(), '206633674,2429655483', 8],
    ['int', (g) => Array.from({ length: 10 }, () => g.int(1, 7)).join(), '5,2,3,4,1,4,1,3,5,4', 160],
    ['int of 53 bits', (g) => g.int(2 ** 53 - 1), 7141648997405072, 16],
    ['ints, 1 byte each', (g) => g.ints(10, 1, 7).join(), '5,6,2,1,5,4,5,4,1,5', 16],
    ['ints, 2 bytes each', (g) => g.ints(3, 1000).join(), '792,312,732', 16],
    ['ints, 4 bytes each', (g) => g.ints(3, 100_000).join(), '2124,20048,55110', 16],
    ['ints, 8 bytes each', (g) => g.ints(3, 2 ** 40).join(), '320974999952,717934119215,971364888483', 32],
    ['bits', (g) => g.bits(100), 869749651792571548315846387240n, 13],
    ['bigint', (g) => g.bigint(10n ** 30n), 869749651792571548315846387240n, 13],
    ['float', (g) => [g.float(), g.float()].join(), '0.7928823150710276,0.14387853482393165', 16],
    ['boolean', (g) => g.boolean(), false, 16],
    ['choice', (g) => g.choice(['red', 'green', 'blue']), 'green', 16],
    ['shuffle', (g) => g.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).join(), '5,9,3,0,7,1,2,8,6,4', 40],
    ['sample', (g) => g.sample([...'abcdefghij'], 4).join(''), 'egic', 24],
    ['uuid', (g) => g.uuid(), 'cafa500c-bb99-4190-a4d5-3f262835492f', 16],
    ['string', (g) => g.string(21), 'y-UDum0kJ1PJKNSLIHEoK', 24],
    ['string of an alphabet', (g) => g.string(8, 'abc😀'), '😀😀bacc😀c', 16],
  ]

  test.each(VALUES)('%s', (_, draw, value) => {
    expect(draw(seeded('atfork'))).toBe(value)
  })

  test.each(VALUES)('%s: how far the stream has moved on', (_, draw, __, bytes) => {
    const generator = seeded('atfork')
    draw(generator)
    const rest = seeded('atfork')
      .bytes(bytes + 8)
      .subarray(bytes)
    expect(hex(generator(8))).toBe(hex(rest))
  })

  test('bytes over several blocks', () => {
    const digest = createHash('sha256').update(seeded('atfork')(2500)).digest('hex')
    expect(digest).toBe('349e3fe7b6535c45a0da7f514bdf7a74255da2039da687fb44b1dc36684927cf')
  })

  test('other seeds', () => {
    expect(hex(seeded('')(16))).toBe('f2fc0efa22c17f14438e36c065f7760f')
    expect(hex(seeded(new Uint8Array(0))(16))).toBe('e3918a430a101134012a205461e664fa')
    expect(hex(seeded('😀')(16))).toBe('a416dcc2fe1c7c28cc98009fe9a15693')
    expect(hex(seeded(new TextEncoder().encode('atfork'))(16))).toBe('25bcbe994f2e1f573bcea108a3e544b3')
    expect(hex(seeded(Buffer.from('atfork'))(16))).toBe('25bcbe994f2e1f573bcea108a3e544b3')
  })

  test('children, and children of children', () => {
    const [zero, one, two] = seeded('atfork').spawn(3) as [SeededRandom, SeededRandom, SeededRandom]
    const [inner] = one.spawn(1) as [SeededRandom]
    expect(hex(inner(16))).toBe('7ced0bed4f35e0e805048517d4b35e9b')
    expect(hex((inner.spawn(3)[2] as SeededRandom)(16))).toBe('11da007a88b19f3648a1b797cc8aad86')
    expect(hex(zero(16))).toBe('898875b3a4ca947e1b879a1e3ce1bb53')
    expect(hex(one(16))).toBe('edc16d82ccb52c409a4232c4d822d188')
    expect(hex(two(16))).toBe('c54fa1298d36cb7636a2aa42438e8289')
  })
})

describe('a stream is one stream', () => {
  test('however it is split', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 3000 })), { maxLength: 12 }),
        (seed, lengths) => {
          const split = seeded(seed)
          const joined = Buffer.concat(
            lengths.map((length, i) => (i % 2 === 0 ? split(length) : split.fill(new Uint8Array(length)))),
          )
          expect(hex(joined)).toBe(hex(seeded(seed).bytes(joined.length)))
        },
      ),
    )
  })

  test('bytes(3) and bytes(5) are bytes(8); control: another seed is another stream', () => {
    const split = seeded('split')
    expect(hex(split(3)) + hex(split(5))).toBe(hex(seeded('split')(8)))
    expect(hex(seeded('Split')(8))).not.toBe(hex(seeded('split')(8)))
  })
})

describe('children', () => {
  test('1,111 streams of one seed share no aligned 8-byte block, with their parents or each other', () => {
    // The seed is fixed: this cannot raise a false alarm tomorrow that it does not raise today.
    const root = seeded('tree')
    const first = root.spawn(10)
    const second = first.flatMap((child) => child.spawn(10))
    const third = second.flatMap((child) => child.spawn(10))
    const streams = [root, ...first, ...second, ...third]
    expect(streams).toHaveLength(1111)
    const outputs = streams.map((stream) => stream(1200))
    expect(outputs.flatMap(blocks)).toHaveLength(1111 * 150)
    expect(repeatedBlocks(outputs)).toBe(0)
    // Control: the same tree, planted again, repeats each block.
    expect(
      repeatedBlocks([
        ...outputs,
        ...seeded('tree')
          .spawn(10)
          .map((child) => child(1200)),
      ]),
    ).toBe(1500)
  })

  test('the way there is unambiguous: child 1 of child 11 is not child 11 of child 1, nor child 111', () => {
    const at = (...path: number[]): string =>
      hex(path.reduce((stream, i) => stream.spawn(i + 1)[i] as SeededRandom, seeded('path'))(16))
    const all = [
      at(),
      at(0),
      at(0, 0),
      at(0, 0, 0),
      at(1),
      at(11),
      at(111),
      at(1, 1),
      at(1, 11),
      at(11, 1),
      at(1, 1, 1),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  test('spawn(2) and then spawn(3) are spawn(5)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), (counts) => {
        const parent = seeded('spawn')
        const children = counts.flatMap((count) => parent.spawn(count))
        const twins = seeded('spawn').spawn(children.length)
        expect(children.map((child) => hex(child(16)))).toEqual(twins.map((child) => hex(child(16))))
      }),
      { numRuns: 30 },
    )
  })

  test('spawning draws nothing, and drawing does not change the children', () => {
    const [busy, quiet] = [seeded('busy'), seeded('busy')]
    const parts = [busy(10)]
    const [child] = busy.spawn(3) as [SeededRandom]
    parts.push(busy(10))
    child(100)
    parts.push(busy(2000))
    expect(hex(Buffer.concat(parts))).toBe(hex(quiet(2020)))
    expect(hex(quiet.spawn(1)[0]?.(200) as Uint8Array)).toBe(hex(seeded('busy').spawn(1)[0]?.(200) as Uint8Array))
  })

  test('counts are checked, and a failed spawn uses up no number', () => {
    const parent = seeded('count')
    for (const count of [undefined, null, '2', 2n, {}]) expect(() => parent.spawn(count as never)).toThrow(TypeError)
    for (const count of [-1, 0.5, NaN, Infinity, 2 ** 32 + 1])
      expect(() => parent.spawn(count)).toThrow(/^"count" expected an integer from 0 to 4294967295, got /)
    expect(parent.spawn(0)).toEqual([])
    expect(hex(parent.spawn(1)[0]?.(16) as Uint8Array)).toBe(hex(seeded('count').spawn(1)[0]?.(16) as Uint8Array))
    expect(() => parent.spawn(2 ** 32)).toThrow('"count" expected an integer from 0 to 4294967294, got 4294967296')
  })
})

describe('seeds', () => {
  test('a string and its UTF-8 bytes are different seeds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (seed) => {
        expect(hex(seeded(seed)(16))).not.toBe(hex(seeded(new TextEncoder().encode(seed))(16)))
      }),
    )
    expect(hex(seeded(new TextEncoder().encode('string:a'))(16))).not.toBe(hex(seeded('a')(16)))
  })

  test('strings that look alike are different seeds', () => {
    expect(hex(seeded('\u00e9')(16))).not.toBe(hex(seeded('e\u0301')(16)))
    expect(hex(seeded('a\0')(16))).not.toBe(hex(seeded('a')(16)))
  })

  test('a later change of the bytes changes nothing', () => {
    const seed = new Uint8Array(8)
    const generator = seeded(seed)
    seed.fill(7)
    expect(hex(generator(16))).toBe(hex(seeded(new Uint8Array(8))(16)))
    expect(hex(generator.spawn(1)[0]?.(16) as Uint8Array)).toBe(
      hex(seeded(new Uint8Array(8)).spawn(1)[0]?.(16) as Uint8Array),
    )
  })

  test('the bytes of the view, not of its buffer', () => {
    const buffer = Buffer.from('xxatforkxx')
    expect(hex(seeded(buffer.subarray(2, 8))(16))).toBe(hex(seeded(Buffer.from('atfork'))(16)))
  })

  test('lone surrogates are refused: as UTF-8 all of them are U+FFFD', () => {
    for (const seed of ['\ud800', 'a\udfffb', '\ude00\ud83d', '😀'[0] as string])
      expect(() => seeded(seed)).toThrow(new TypeError('"seed" expected well-formed Unicode, got lone surrogates'))
    expect(hex(seeded('\ufffd')(4))).toHaveLength(8)
  })

  test('other kinds are refused', () => {
    for (const seed of [undefined, null, 5, 5n, true, {}, [1, 2], new Uint16Array(2), new ArrayBuffer(8), Symbol('s')])
      expect(() => seeded(seed as never)).toThrow(/^"seed" expected a (string or a )?Uint8Array, got /)
    for (const seed of [new String('a'), new DataView(new ArrayBuffer(8))])
      expect(() => seeded(seed as never)).toThrow(TypeError)
  })
})

describe('what it does not have to do with copies', () => {
  test('atfork() does not touch it; control: it does move the generation on', () => {
    const [generator, twin] = [seeded('still'), seeded('still')]
    const child = generator.spawn(1)[0] as SeededRandom
    const parts = [generator(10)]
    const before = generation()
    atfork()
    expect(generation()).toBeGreaterThan(before)
    parts.push(generator(10))
    atfork(new Uint8Array(8))
    parts.push(generator(2000))
    expect(hex(Buffer.concat(parts))).toBe(hex(twin(2020)))
    expect(hex(child(64))).toBe(hex(twin.spawn(1)[0]?.(64) as Uint8Array))
  })

  test('nothing on it depends on the time or the kernel', () => {
    const generator = seeded('plain')
    for (const name of ['uuidv7', 'reseed', 'entropySource']) {
      expect(name in generator).toBe(false)
      expect(name in random).toBe(true) // control
    }
    expect('spawn' in random).toBe(false)
  })
})
