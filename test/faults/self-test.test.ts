/** Broken arithmetic, on disk and in the runtime: the self-test finds it, and nothing is handed out. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ALL_FILLED, ATTEMPT } from '../support/attempts.ts'
import { inFolder } from '../support/clone.ts'
import { runNode } from '../support/node-child.ts'
import { ROOT } from '../support/packed.ts'

const refused = (remedy: RegExp): object => ({
  name: 'DrbgError',
  code: 'ERR_DRBG_SELF_TEST',
  message: expect.stringMatching(remedy),
  untouched: true,
})

describe('a hash function that computes wrongly', () => {
  it('of a package that is damaged on disk: every draw is refused, and works once it is installed again', async () =>
    inFolder(async (folder) => {
      const modules = join(folder, 'node_modules')
      cpSync(join(ROOT, 'dist', 'index.js'), join(modules, 'atfork', 'index.mjs'), { recursive: true })
      cpSync(join(ROOT, 'node_modules', '@noble', 'hashes'), join(modules, '@noble', 'hashes'), { recursive: true })
      const hashes = join(modules, '@noble', 'hashes', 'sha2.js')
      const sound = readFileSync(hashes, 'utf8')
      const url = JSON.stringify(pathToFileURL(join(modules, 'atfork', 'index.mjs')))
      const program = `${ATTEMPT}; report(attempts())`.replace("'atfork'", url)
      const [damaged, broken] = [sound.replace('0x428a2f98', '0x428a2f99'), refused(/reinstall @noble\/hashes/)]
      expect(damaged).not.toBe(sound)
      writeFileSync(hashes, damaged)
      expect(await runNode(program)).toEqual([broken, broken, broken])
      writeFileSync(hashes, sound)
      expect(await runNode(program), 'the control, and the recovery').toEqual(ALL_FILLED)
    }))

  it('given to one generator: that one is refused for good, and the others are not', async () => {
    const wrong = JSON.stringify(import.meta.resolve('@noble/hashes/blake2.js'))
    const program = `${ATTEMPT}
      const { blake2s } = await import(${wrong})
      const wrong = createRandom({ hash: blake2s })
      report({ wrong: SIZES.map((size) => attemptOf(wrong, size)), right: attempts() })`
    const broken = refused(/^the self-test with SHA-256 failed.*pass SHA-256/)
    expect(await runNode(program)).toEqual({ wrong: [broken, broken, broken], right: ALL_FILLED })
  })
})

describe('a cipher that computes wrongly', () => {
  const program = (spoilt: boolean): string => `
    import crypto from 'node:crypto'
    ${ATTEMPT}
    const { createCipheriv } = crypto
    if (${spoilt}) crypto.createCipheriv = (name, key, iv) => createCipheriv(name, key.map((byte) => byte ^ 1), iv)
    const drawn = attempts()
    crypto.createCipheriv = createCipheriv
    const hmac = createRandom({ expand: 'hmac' })
    report({ drawn, later: attempts(), hmac: SIZES.map((size) => attemptOf(hmac, size)) })`

  it('refused for good, also once it is right again; without it, as the error says, draws work', async () => {
    const broken = refused(/repair the runtime, or use createRandom\({ expand: 'hmac' }\)/)
    const drawn = [broken, broken, broken]
    expect(await runNode(program(true))).toEqual({ drawn, later: drawn, hmac: ALL_FILLED })
    const control = { drawn: ALL_FILLED, later: ALL_FILLED, hmac: ALL_FILLED }
    expect(await runNode(program(false))).toEqual(control)
  })
})
