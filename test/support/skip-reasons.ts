/** A reporter that says, below the result, what was skipped and why: one line for each reason. */
import type { Reporter, TestModule } from 'vitest/node'

export const skipReasons: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const reasons = new Map<string, Map<string, number>>()
    for (const module of modules)
      for (const test of module.children.allTests('skipped')) {
        const result = test.result()
        const reason = (result.state === 'skipped' && result.note) || 'no reason was given'
        const files = reasons.get(reason) ?? new Map<string, number>()
        reasons.set(reason, files.set(module.relativeModuleId, (files.get(module.relativeModuleId) ?? 0) + 1))
      }
    for (const [reason, files] of reasons) {
      const where = [...files].map(([file, count]) => `${file} (${count})`).join(', ')
      process.stdout.write(`skipped: ${reason}\n  ${where}\n`)
    }
  },
}
