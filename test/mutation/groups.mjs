/**
 * What is mutated, and the tests that are asked about it, quick ones first: a mutant is done with at its first failure.
 * The vectors' tests are left out: they take long, and prove no more. Where tests look at the process that they run in,
 * it has to be one (`pool: 'forks'`); threads start faster.
 */
export const GROUPS = {
  drbg: {
    pool: 'threads',
    mutate: ['src/drbg/*.ts'],
    tests: ['tidy-hash', 'ctr-drbg', 'limits', 'self-test', 'hmac-drbg'].map((name) => `test/drbg/${name}.test.ts`),
  },
  draw: {
    pool: 'threads',
    mutate: ['src/draw/*.ts'],
    tests: ['asking', 'sequences', 'bigints', 'ids', 'draws', 'integers'].map((name) => `test/draw/${name}.test.ts`),
  },
  pool: {
    pool: 'threads',
    mutate: ['src/pool.ts', 'src/live-drbg.ts', 'src/expansion.ts', 'src/reservoir.ts'],
    tests: ['reservoir', 'expansion', 'pool-answers', 'pool', 'create-random', 'pool.model'].map(
      (name) => `test/${name}.test.ts`,
    ),
  },
  lifecycle: {
    pool: 'forks',
    mutate: ['src/lifecycle/*.ts'],
    tests: [
      'identity',
      'record',
      'mixing',
      'hooks-inside',
      'watch',
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
