import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: [{ find: /^atfork$/, replacement: new URL('src/index.ts', import.meta.url).pathname }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Real processes are started by the tests: as many at once as this machine has cores, no more.
    pool: 'forks',
  },
})
