/** vitest's provider under another name: by its own, vitest looks for it in the project's node_modules. */
import v8 from '@vitest/coverage-v8'

export default {
  ...v8,
  getProvider: async () => Object.assign(await v8.getProvider(), { name: 'custom' }),
}
