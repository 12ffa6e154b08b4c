/** What the guards of `atfork/register` leave for healing, for all copies of this package in one isolate. */

import { define } from '../define.ts'

/** Of one isolate. */
export interface Guard {
  /** Node's own function behind each guard. */
  originals: WeakMap<object, unknown>
  /** Random bytes that libraries have prepared for later, filled through a guard. */
  pools: Set<WeakRef<ArrayBufferView>>
}

const KEY = Symbol.for('atfork:guard:1')
const holder = globalThis as { [KEY]?: Guard }

/** The isolate's, if there are guards. */
export const guard = (): Guard | undefined => holder[KEY]

/** The isolate's. */
export function makeGuard(): Guard {
  if (holder[KEY] === undefined) define(holder, KEY, { originals: new WeakMap(), pools: new Set() }, false)
  return holder[KEY] as unknown as Guard
}

/** The function behind a guard, or the function itself. */
export const originalOf = <F extends object | undefined>(f: F): F =>
  (f && (guard()?.originals.get(f) as F | undefined)) ?? f
