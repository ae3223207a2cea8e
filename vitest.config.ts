import { defineConfig } from "vitest/config"

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
    reporters: ["default", "json"],
    outputFile: { json: ".test-results.json" }
  }
})
