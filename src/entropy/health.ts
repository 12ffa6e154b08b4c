/**
 * Continuous tests of the kernel's bytes: SP 800-90B §4.4. They find a device that is broken as devices break: it
 * says the same again and again. They say nothing about how well it can be guessed, and no statistics can.
 *
 * A sample is the first 8 bytes of a read, and H = 64 bits are claimed for it: the kernel's output has full entropy. A
 * process makes 2^64 reads in its life at most (a million a second for 500,000 years). Its false alarms, both tests
 * together, are to be fewer than 2^-32: a share of 2^-96 for each read.
 *
 * - Repetition count (§4.4.1): C = 1 + ⌈96 / 64⌉ = 3. The second of equal samples is not handed out either, but read
 *   anew. Zeros count as a repetition though they come once in 2^64: `/dev/zero` begins with them. That each of two
 *   samples equals the one before or is zero has at most the probability (2 · 2^-64)^2 = 2^-126: 2^-62 in a life.
 * - Adaptive proportion (§4.4.2): W = 512, and C = 3. That two or more of 511 samples equal the window's first has the
 *   probability 511 · 510 / 2 · 2^-128 < 2^-111; with C = 2 it would be 2^-55. A match begins the window anew with the
 *   same first sample and goes on counting, so that each period of up to 511 reads is found, and not only up to 255:
 *   still (511 · 2^-64)^2 = 2^-110. There are 2^55 windows in a life: 2^-55.
 *
 * After an alarm the source has to pass the start-up test (§4.3: both tests over 1,024 consecutive samples) before it
 * is drawn from again. That many find each period of up to 511 as well. There is no such test as a process starts:
 * the device has been read since the machine booted, and the tests go on with each read.
 *
 * A copy of the process goes on with the original's sample: the kernel's next bytes are others in either, and in the
 * clone of a whole machine they may be the twin's, but never this process's own again.
 */

/** The sizes and cut-offs derived above. */
const REPETITION_CUTOFF = 3
const PROPORTION_CUTOFF = 3
const WINDOW = 512
const START_UP_SAMPLES = 1_024

/** `repeated`: not to be used; read anew. `failed`: a cut-off is reached. */
export type Verdict = 'fresh' | 'repeated' | 'failed'

/**
 * Two words of 32 bits are compared for each sample. It keeps two: the last, and its window's first, as §4.4.2 has it.
 * Neither gives away what was drawn with it: the pool's bytes are wiped, and of a seed they are 8 of 48.
 */
export class HealthTest {
  #last1 = 0
  #last2 = 0
  #repetitions = 1
  #first1 = 0
  #first2 = 0
  #matches = 0
  /** Samples until the window ends. */
  #left = 0
  #owed = 0

  /** How many fresh samples are to be seen after an alarm before the source may be drawn from. */
  get owed(): number {
    return this.#owed
  }

  /** Takes the 8 bytes at `at` for the next sample. */
  test(bytes: Uint8Array, at: number): Verdict {
    const word1 = word(bytes, at)
    const word2 = word(bytes, at + 4)
    if ((word1 === this.#last1 && word2 === this.#last2) || (word1 | word2) === 0)
      return ++this.#repetitions < REPETITION_CUTOFF ? 'repeated' : this.#fail()
    this.#repetitions = 1
    this.#last1 = word1
    this.#last2 = word2
    if (this.#left === 0) {
      this.#first1 = word1
      this.#first2 = word2
      this.#matches = 1
      this.#left = WINDOW
    } else if (word1 === this.#first1 && word2 === this.#first2) {
      if (++this.#matches === PROPORTION_CUTOFF) return this.#fail()
      this.#left = WINDOW
    }
    this.#left--
    if (this.#owed > 0) this.#owed--
    return 'fresh'
  }

  /** Forgets all samples: nothing of this process's reads is to be found in a snapshot of it. */
  reset(): void {
    this.#last1 = this.#last2 = this.#first1 = this.#first2 = 0
    this.#repetitions = 1
    this.#left = this.#owed = 0
  }

  #fail(): Verdict {
    this.#repetitions = 1
    this.#left = 0
    this.#owed = START_UP_SAMPLES
    return 'failed'
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)
