import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { listen } from "../../src/fibers/SilenceAlarm.ts"
import { Config } from "../../src/services/config/Config.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { sqliteInMemory } from "../support/StoreBackends.ts"
import { deliver, saveSpec } from "../support/StoreScenes.ts"
import { makeConfig } from "./ActorFixture.ts"

const world = Layer.mergeAll(sqliteInMemory.layer, Warnings.layer, Layer.succeed(Config, makeConfig()))
const codes = Effect.gen(function* () {
  yield* listen()
  return (yield* (yield* Warnings).all).map(({ code }) => code)
})

describe("the alarm for silent webhooks", () => {
  it.effect("rings once jobs have come in other ways for long enough, and ends with the next webhook", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* TestClock.adjust("1 minute")
      yield* deliver({ jobId: 101 }, { guid: "guid-1" })
      yield* TestClock.adjust("3 hours")
      assert.deepStrictEqual(yield* codes, [], "a quiet night is no silence")
      yield* deliver({ jobId: 102 }, { path: "reconcile" })
      yield* TestClock.adjust("14 minutes")
      assert.deepStrictEqual(yield* codes, [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* codes, ["webhooks_silent"])
      yield* deliver({ jobId: 103 }, { guid: "guid-2" })
      assert.deepStrictEqual(yield* codes, [])
    }).pipe(Effect.provide(world))
  )
  it.effect("rings also when no webhook has ever come", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* TestClock.adjust("1 minute")
      yield* deliver({ jobId: 101 }, { path: "workflow_run" })
      yield* TestClock.adjust("15 minutes")
      assert.deepStrictEqual(yield* codes, ["webhooks_silent"])
    }).pipe(Effect.provide(world))
  )
})
