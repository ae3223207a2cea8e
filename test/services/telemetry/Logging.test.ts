import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
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

describe("a command whose standard output is its answer", () => {
  it.effect("has its log at standard error", () =>
    Effect.gen(function* () {
      yield* Effect.provide(everything, Logging.layer({ level: "info", format: "json" }, "stderr"))
      assert.deepStrictEqual(yield* TestConsole.logLines, [])
      assert.lengthOf(yield* TestConsole.errorLines, 3)
    })
  )
})

describe("a line of the log", () => {
  const said = Effect.logWarning("Something is odd", { code: "odd" }).pipe(
    Effect.annotateLogs({ request: "101", job: 101, trace_id: "0af7", spec: null, repository: "acme/web" })
  )

  it.effect("has one shape: a sentence, what it is about, and what more there is to say", () =>
    Effect.gen(function* () {
      yield* Effect.provide(said, Logging.layer({ level: "info", format: "json" }))
      const [line] = (yield* TestConsole.logLines).map((each) => JSON.parse(String(each)) as Record<string, unknown>)
      assert.match(String(line?.["timestamp"]), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      assert.deepInclude(line, {
        level: "WARN",
        message: "Something is odd",
        annotations: { request: "101", job: 101, trace_id: "0af7", repository: "acme/web" },
        detail: { code: "odd" }
      })
    })
  )

  it.effect("has whatever it is given, also what JSON cannot say, and what an error says", () =>
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = { size: 1n }
      cyclic["self"] = cyclic
      for (const format of ["json", "text"] as const) {
        const odd = Effect.logWarning("odd", cyclic, { cause: new Error("no such table: nowhere") })
        yield* Effect.provide(odd, Logging.layer({ level: "info", format }))
        assert.include(String((yield* TestConsole.logLines).at(-1)), "no such table: nowhere")
      }
    })
  )

  it.effect("is text where a person reads it, with the same in it", () =>
    Effect.gen(function* () {
      yield* Effect.provide(said, Logging.layer({ level: "info", format: "text" }))
      const [line] = yield* TestConsole.logLines
      assert.match(
        String(line),
        /Z WARN {2}Something is odd request=101 job=101 trace_id=0af7 repository=acme\/web detail=\{"code":"odd"\}$/
      )
    })
  )

  it.effect("has the failure, with where it came from", () =>
    Effect.gen(function* () {
      const failed = Effect.logError("It broke", Cause.fail(new Error("no room")))
      yield* Effect.provide(failed, Logging.layer({ level: "info", format: "json" }))
      const [line] = (yield* TestConsole.logLines).map((each) => JSON.parse(String(each)) as Record<string, unknown>)
      assert.strictEqual(line?.["message"], "It broke")
      assert.match(String(line?.["cause"]), /no room[^]*\n\s+at [^\n]*Logging\.test/)
    })
  )
})
