/**
 * What is mutated, and the tests that are asked about it, quick ones first: a mutant is done with at its first failure.
 * The vectors' tests are left out: they take long, and prove no more.
 */
export const GROUPS = {
  drbg: {
    mutate: ['src/drbg/*.ts'],
    tests: ['ctr-drbg', 'limits', 'self-test', 'hmac-drbg'].map((name) => `test/drbg/${name}.test.ts`),
  },
  draw: {
    mutate: ['src/draw/*.ts'],
    tests: ['sequences', 'bigints', 'ids', 'draws', 'integers'].map((name) => `test/draw/${name}.test.ts`),
  },
  pool: {
    mutate: ['src/pool.ts'],
    tests: ['test/pool.test.ts', 'test/create-random.test.ts', 'test/pool.model.test.ts'],
  },
  lifecycle: {
    mutate: ['src/lifecycle/*.ts'],
    tests: [
      'atfork',
      'two-copies',
      'threads',
      'hooks',
      'fork-local',
      'prefork',
      'hook-failures',
      'snapshot',
      'decorator',
    ].map((name) => `test/lifecycle/${name}.test.ts`),
  },
}
