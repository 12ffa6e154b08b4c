/** The suite, with the coverage of its own processes by vitest, and with that of those it starts by Node itself. */
import { mergeConfig } from 'vitest/config'
import config from '../../vitest.config.ts'

export default mergeConfig(config, {
  test: {
    exclude: ['**/node_modules/**', 'test/hygiene/supply.test.ts'], // looks at dist/ as it is published
    setupFiles: ['test/measure/children.ts'],
    coverage: {
      enabled: true,
      provider: 'custom',
      customProviderModule: new URL('provider.mjs', import.meta.url).pathname,
      include: ['src/**'],
      reportsDirectory: 'coverage/tests',
      reporter: ['json'],
      reportOnFailure: true,
    },
  },
})
