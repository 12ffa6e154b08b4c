/** The suite's own configuration, for one group's tests. */
import { mergeConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import config from '../../vitest.config.ts'
import { GROUPS } from './groups.mjs'

process.env.ATFORK_REQUIRE_ALL = '1' // a test that is skipped lets mutants pass

const { pool, tests } = GROUPS[process.env.ATFORK_MUTATION]
const place = ({ moduleId }) => tests.findIndex((test) => moduleId.endsWith(test))

/** vitest would begin with the longest. */
class QuickFirst extends BaseSequencer {
  async sort(files) {
    return files.toSorted((a, b) => place(a) - place(b))
  }
}

export default mergeConfig(
  { ...config, test: { ...config.test, include: tests } },
  {
    plugins: [
      {
        name: 'pool',
        // Stryker asks for threads.
        configureVitest({ project }) {
          project.config.pool = pool
        },
      },
    ],
    test: { setupFiles: ['test/mutation/children.ts'], sequence: { sequencer: QuickFirst } },
  },
)
