import { tmpdir } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Loading and compiling is most of a start, and suites start runnerd hundreds of times.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "runnerd-compile-cache")

/** Lives, processes and browsers, and what changes, or looks into, the very process that runs it. */
const alone = [
  "test/{simulation,faults,e2e,console,package,fuzz}/**/*.test.ts",
  "test/docs/Commands.test.ts",
  "test/http/ProfilingListener.test.ts",
  "test/services/config/Environment.test.ts",
  "test/services/github/Credentials.test.ts",
  "test/services/profiling/*.test.ts",
  "test/services/sandbox/Settings.test.ts"
]

export default defineConfig({
  test: {
    globalSetup: ["test/support/PostgresServer.ts"],
    // The longest suites wait half of their time for processes and servers of their own; two cores carry three of them.
    maxWorkers: 3,
    // Of tests that say they are concurrent.
    maxConcurrency: 4,
    // For a machine many times slower than a quiet one: a time limit ends what hangs and proves nothing else.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ["default", "json"],
    outputFile: { json: ".test-results.json" },
    // In the order of their names, so that the longest do not run last, one worker idle beside them. All others together take
    // less time than loading what they test: each worker loads it once for all of them.
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      { extends: true, test: { name: "shared", include: ["test/**/*.test.ts"], exclude: alone, isolate: false } }
    ]
  }
})
