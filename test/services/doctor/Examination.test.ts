import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestConsole from "effect/testing/TestConsole"
import { ok } from "../../../src/domain/Finding.ts"
import { examined } from "../../../src/services/doctor/Examination.ts"
import * as Logging from "../../../src/services/telemetry/Logging.ts"

/** The one line that a check becomes, and the log of it from this level on. */
const looked = (run: Effect.Effect<ReadonlyArray<ReturnType<typeof ok>>, unknown>, level: "error" | "debug") =>
  Effect.gen(function* () {
    const [finding] = yield* examined({ name: "clock", run }).pipe(
      Effect.provide(Logging.layer({ level, format: "json" }))
    )
    return { finding, log: (yield* TestConsole.logLines).join("\n") }
  })

describe("a check", () => {
  it.effect("that breaks says that the log says how, and at any level the log does", () =>
    Effect.gen(function* () {
      const { finding, log } = yield* looked(Effect.die(new Error("no such method")), "error")
      assert.deepInclude(finding, { check: "clock", status: "fail" })
      assert.match(finding?.message ?? "", /the log says how/)
      assert.notInclude(JSON.stringify(finding), "no such method")
      assert.include(log, "no such method")
      assert.include(log, `"check":"clock"`)
    })
  )

  it.effect("that fails says with what, and the log has more at level debug only", () =>
    Effect.gen(function* () {
      const failing = Effect.fail(new Error("the line is dead"))
      const { finding, log } = yield* looked(failing, "error")
      assert.match(finding?.message ?? "", /could not be looked at: the line is dead\./)
      assert.strictEqual(log, "")
      assert.include((yield* looked(failing, "debug")).log, "the line is dead")
    })
  )

  it.effect("that works is told as it is", () =>
    Effect.gen(function* () {
      const { finding, log } = yield* looked(Effect.succeed([ok("All is well.")]), "debug")
      assert.deepInclude(finding, { check: "clock", status: "ok", message: "All is well." })
      assert.strictEqual(log, "")
    })
  )
})
