/**
 * Every kind of value at every public function. One file, as loading what makes the values takes longer than many a
 * test; what draws from the kernel is in live.test.ts.
 */
import { expect, test, vi } from 'vitest'
import { seeded } from '../../../src/index.ts'
import { abuse, TIMEOUT } from './cases.ts'
import { type Drawing, draws } from './draws.ts'
import { check } from './twins.ts'
import './drbg.ts'
import './edges.ts'
import './lifecycle.ts'
import './makers.ts'
import './triggers.ts'

vi.setConfig({ testTimeout: TIMEOUT })

const WRITES = ['fill', 'shuffle']

test('seeded: right value or right error, and the state of a twin that saw no wrong call', () => {
  let made = 0
  const make = (): Drawing => seeded(`abuse ${made++ >> 1}`)
  abuse('draws', draws, (calls) => check(calls, make, (target) => target(3), WRITES))
  expect(made).toBeGreaterThan(100)
})
