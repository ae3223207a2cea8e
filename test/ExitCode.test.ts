// What the end of a test run says to whoever started it.
import { assert, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"

it("a run with a red test ends with its exit code, whatever the run's set-up imports", () => {
  const run = `await import("./test/support/PostgresServer.ts"); process.exitCode = 3`
  const ended = spawnSync(process.execPath, ["--input-type=module", "--eval", run], { encoding: "utf8" })
  assert.strictEqual(ended.status, 3, ended.stderr)
})
