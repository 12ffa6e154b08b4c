/** Views of every class on every kind of memory, and what became of that. */
import fc from 'fast-check'
import { Recipe, type Touch, type Truth, touchy } from './recipe.ts'

type ViewClass = new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView
/** By name, as some Node lines have Float16Array and some not. */
const VIEWS = Object.getOwnPropertyNames(globalThis)
  .filter((name) => /^(Big)?(Ui|I|F).*Array$|^DataView$/.test(name))
  .map(
    (name) =>
      (globalThis as unknown as Record<string, ViewClass & { BYTES_PER_ELEMENT?: number }>)[name] as ViewClass & {
        BYTES_PER_ELEMENT?: number
      },
  )

/** A class that lies about everything, or runs somebody's code. */
const lying = (touch: Touch): ViewClass =>
  class extends Uint8Array {
    override get byteLength(): number {
      return touchy(touch)
    }
    override get byteOffset(): number {
      return touchy(touch)
    }
    override get buffer(): never {
      return touchy(touch)
    }
    override get [Symbol.toStringTag](): never {
      return touchy(touch)
    }
    static get [Symbol.species](): never {
      return touchy(touch)
    }
  } as never

const MEMORY = {
  plain: (length: number) => new ArrayBuffer(length),
  resizable: (length: number) => new ArrayBuffer(length, { maxByteLength: length + 64 }),
  shared: (length: number) => new SharedArrayBuffer(length),
  growable: (length: number) =>
    new (SharedArrayBuffer as new (length: number, options: object) => SharedArrayBuffer)(length, {
      maxByteLength: length + 64,
    }),
} as const

/** What became of the buffer after the view was made. */
const FATES = ['kept', 'kept', 'kept', 'detached', 'shrunk', 'grown'] as const

interface ViewPlan {
  Class: (typeof VIEWS)[number] | 'liar'
  memory: keyof typeof MEMORY
  fate: (typeof FATES)[number]
  offset: number
  items: number
  tracking: boolean
}

function viewRecipe({ Class, memory, fate, offset, items, tracking }: ViewPlan): Recipe {
  const size = Class === 'liar' ? 1 : (Class.BYTES_PER_ELEMENT ?? 1)
  const start = offset * 8
  const bytes = items * size
  const resizable = memory === 'resizable'
  const grows = fate === 'grown' && (resizable || memory === 'growable')
  const shrinks = fate === 'shrunk' && resizable
  const detaches = fate === 'detached' && (memory === 'plain' || resizable)
  const tracks = tracking && (resizable || memory === 'growable')
  // The buffer is longer than the view by 8 bytes, except for a view that tracks its length.
  const total = start + bytes + (tracks ? 0 : 8)
  const end = shrinks ? Math.max(0, start - 1) : grows ? total + 16 : total
  const gone = detaches || (shrinks && (tracks ? end < start : end < start + bytes || end < start))
  const now = tracks ? Math.floor((end - start) / size) * size : bytes
  const isBytes = Class === 'liar' || (Class as unknown) === Uint8Array
  const isSequence = Class !== (DataView as unknown)
  const truth: Truth = {
    view: gone ? 'gone' : now,
    ...(isBytes && !gone && { bytes: now }),
    ...(isSequence && { length: gone ? 0 : now / size }),
  }
  const name = `${Class === 'liar' ? 'a lying Uint8Array' : Class.name}(${memory} ${fate}${tracks ? ' tracking' : ''}, ${start}, ${items})`
  return new Recipe(name, truth, (touch) => {
    const buffer = MEMORY[memory](total)
    new Uint8Array(buffer).forEach((_, i, all) => {
      all[i] = i * 7 + 1
    })
    const Made = Class === 'liar' ? lying(touch) : Class
    const value = tracks ? new Made(buffer, start) : new Made(buffer, start, items)
    if (detaches) structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
    else if (shrinks) (buffer as ArrayBuffer).resize(end)
    else if (grows)
      buffer instanceof ArrayBuffer ? buffer.resize(end) : (buffer as unknown as { grow(to: number): void }).grow(end)
    return { value, contents: () => (detaches ? [] : [...new Uint8Array(buffer)]) }
  })
}

const viewPlan = (Class: fc.Arbitrary<ViewPlan['Class']>, items: fc.Arbitrary<number>): fc.Arbitrary<Recipe> =>
  fc
    .record({
      Class,
      memory: fc.constantFrom(...(Object.keys(MEMORY) as (keyof typeof MEMORY)[])),
      fate: fc.constantFrom(...FATES),
      offset: fc.nat(3),
      items,
      tracking: fc.boolean(),
    })
    .map(viewRecipe)

const lengths = fc.oneof(fc.nat(70), fc.constantFrom(16, 24, 32, 32, 32, 48, 64, 65, 300))
export const views: fc.Arbitrary<Recipe> = viewPlan(fc.constantFrom<ViewPlan['Class']>(...VIEWS, 'liar'), lengths)
/** Mostly good for entropy, seeds and the like. */
export const byteViews: fc.Arbitrary<Recipe> = viewPlan(
  fc.constantFrom<ViewPlan['Class']>(Uint8Array as never, Uint8Array as never, 'liar'),
  lengths,
)
