import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/PostgresServer.ts"],
    // Suites start processes and servers of their own; two cores carry two of them.
    maxWorkers: 2,
    // Of tests that say they are concurrent.
    maxConcurrency: 4,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "json"],
    outputFile: { json: ".test-results.json" }
  }
})
