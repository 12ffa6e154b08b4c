import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { skipReasons } from './test/support/skip-reasons.ts'

export default defineConfig({
  resolve: { alias: [{ find: /^atfork$/, replacement: new URL('src/index.ts', import.meta.url).pathname }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    reporters: ['default', skipReasons],
    // Processes, not threads: the package under test looks at the process and thread that it runs in.
    pool: 'forks',
    maxWorkers: Math.max(2, availableParallelism() - 1), // they wait for other processes half of the time
  },
})
