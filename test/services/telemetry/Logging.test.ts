import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestConsole from "effect/testing/TestConsole"
import type { LogConfig } from "../../../src/services/config/RunnerdConfig.ts"
import * as Logging from "../../../src/services/telemetry/Logging.ts"

const everything = Effect.all([
  Effect.logError("broken"),
  Effect.logWarning("odd"),
  Effect.logInfo("done"),
  Effect.logDebug("seen"),
  Effect.logTrace("passed")
])

describe("the log", () => {
  for (const [level, expected] of [
    ["error", ["broken"]],
    ["warn", ["broken", "odd"]],
    ["info", ["broken", "odd", "done"]],
    ["debug", ["broken", "odd", "done", "seen"]],
    ["trace", ["broken", "odd", "done", "seen", "passed"]]
  ] as ReadonlyArray<readonly [LogConfig["level"], ReadonlyArray<string>]>) {
    it.effect(`of level ${level} has a JSON line for what is that bad, or worse`, () =>
      Effect.gen(function* () {
        yield* Effect.provide(everything, Logging.layer({ level, format: "json" }))
        const lines = (yield* TestConsole.logLines).map((line) => JSON.parse(String(line)) as { message: string })
        assert.deepEqual(
          lines.map(({ message }) => message),
          expected
        )
      })
    )
  }
})
