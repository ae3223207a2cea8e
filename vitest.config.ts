import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Lives, processes and browsers take longest, whatever the size of their files: begun last, one of them would run alone. */
const long = /\/test\/(simulation|faults|e2e|console|package|fuzz)\//

class LongFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(long.test(b.moduleId)) - Number(long.test(a.moduleId)))
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/PostgresServer.ts"],
    // Suites start processes and servers of their own; two cores carry two of them.
    maxWorkers: 2,
    // Of tests that say they are concurrent.
    maxConcurrency: 4,
    // For a machine many times slower than a quiet one: a time limit ends what hangs and proves nothing else.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    sequence: { sequencer: LongFirst },
    reporters: ["default", "json"],
    outputFile: { json: ".test-results.json" }
  }
})
