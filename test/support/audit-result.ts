/** A result of an audit to render, made by the comparison itself: every verdict, and text that wants to be markup. */
import type { Result } from '../../src/audit/audit.ts'
import { compareColumn } from '../../src/audit/compare.ts'
import { CONTROL } from '../../src/audit/sources.ts'
import type { Drawn } from '../../src/audit/subject.ts'

/** As a name, a value, an error. The last character turns the direction of what follows it. */
export const HOSTILE = `"'><script>document.title='x'</script><img src=https://example.com/x onerror=alert(1)>&amp;\u202e`

const COPIES = 4
const DRAWS = 40

const drawn = (name: string, value: (copy: number, i: number) => string, error?: string) => (copy: number) => ({
  name,
  comparison: 'whole' as const,
  values: Array.from({ length: DRAWS }, (_, i) => value(copy, i)),
  bytes: false,
  ...(error !== undefined && { error }),
})

const distinct = (copy: number, i: number): string => `${copy}-${i}`
const equalCopies = (copy: number, i: number): string => `${Math.min(copy, 1)}-${i}`

type Make = (copy: number) => Drawn
const column = (name: string, sources: readonly Make[]) =>
  compareColumn({ name, reports: Array.from({ length: COPIES + 1 }, (_, copy) => sources.map((make) => make(copy))) })

/** Two columns; of the sources each one has another fate. */
export const RESULT: Result = {
  schema: 1,
  date: '2026-01-02T03:04:05.678Z',
  node: 'v20.19.0',
  platform: 'linux x64',
  copies: COPIES,
  draws: DRAWS,
  columns: [
    { name: 'cluster', summary: 'workers of node:cluster' },
    {
      name: 'snapshot',
      summary: 'processes started from one V8 startup snapshot',
      healing: {
        uuidCache: 'emptied',
        intCache: 'emptied',
        libraryPools: 'not guarded',
        openssl: `not reachable: ${HOSTILE}`,
        detection: 'on',
      },
    },
  ],
  cells: [
    ...column('cluster', [
      drawn('random', distinct),
      drawn('crypto.randomUUID', distinct),
      drawn(HOSTILE, distinct),
      drawn(CONTROL, equalCopies),
    ]),
    ...column('snapshot', [
      drawn('random', distinct),
      drawn('crypto.randomUUID', equalCopies),
      drawn(HOSTILE, (copy, i) => `${HOSTILE} ${equalCopies(copy, i)}`),
      drawn('always the same', () => '4'),
      drawn('broken', distinct, `TypeError: ${HOSTILE}`),
      // One value only, and later than the part of the stream that is shown.
      drawn('late', (copy, i) => (i === DRAWS - 1 ? 'late' : distinct(copy, i))),
      drawn('x'.repeat(300), (copy, i) => `${'y'.repeat(3000)}${equalCopies(copy, i)}`),
      drawn(CONTROL, equalCopies),
    ]),
  ],
  notRun: [
    {
      missing: true,
      mechanism: 'criu',
      reason: `no criu: ${HOSTILE}\nand a second line`,
      remedy: 'apt-get install criu',
    },
  ],
}
