/**
 * A Node Readable without end. A Readable keeps in memory what it has read ahead, and a copy of the process has that
 * too. So what it keeps is not yet what it hands out: fresh bytes are XORed in as a chunk leaves.
 */
import type { Readable } from 'node:stream'
import { builtin } from './builtins.ts'
import { offHeap, wipe } from './bytes.ts'
import { wrongKind } from './checks.ts'

/** Draws as many bytes as the view has. */
type Fill = (view: Uint8Array) => void

/** One draw's length at most. */
const MAX_CHUNK = 65_536

/** node:stream is loaded when the first stream is made. */
let make: ((fill: Fill) => Readable) | undefined

function defineStream({ Readable: Base }: typeof import('node:stream')): (fill: Fill) => Readable {
  class RandomStream extends Base {
    readonly #fill: Fill

    constructor(fill: Fill) {
      super()
      this.#fill = fill
    }

    override _read(size: number): void {
      // Not at once: a reader that never pauses would leave no time for anything else.
      setImmediate(() => {
        if (this.destroyed) return
        try {
          const bytes = offHeap(Math.min(size, MAX_CHUNK))
          this.#fill(bytes)
          this.push(Buffer.from(bytes.buffer))
        } catch (error) {
          this.destroy(error as Error)
        }
      })
    }

    /** What cannot be freshened is not handed out. (Node would make a number of anything; of a large array for minutes.) */
    override read(size?: number): unknown {
      if (size !== undefined && typeof size !== 'number') throw wrongKind('size', 'a number', size)
      if (this.destroyed) return null // Node would still hand out what was read ahead, and emit nothing
      try {
        return super.read(size)
      } catch (error) {
        this.destroy(error as Error)
        return null
      }
    }

    /** Whichever way a chunk is read, this is called with it first, and once. */
    override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event === 'data') this.#freshen(args[0] as Uint8Array)
      return super.emit(event, ...args)
    }

    #freshen(chunk: Uint8Array): void {
      const fresh = offHeap(chunk.length)
      this.#fill(fresh)
      for (let i = 0; i < chunk.length; i++) chunk[i] = (chunk[i] as number) ^ (fresh[i] as number)
      wipe(fresh)
    }

    override setEncoding(): never {
      throw new TypeError(
        '"setEncoding" is not supported by a random stream, whose chunks are Buffers: encode each chunk',
      )
    }
  }
  return (fill) => new RandomStream(fill)
}

/**
 * @param fill - The generator.
 * @throws Error where there is no node:stream.
 */
export function randomStream(fill: Fill): Readable {
  const stream = builtin('stream')
  if (stream === undefined) throw new Error('this runtime has no node:stream: draw with random(length)')
  make ??= defineStream(stream)
  return make(fill)
}
