import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Leadership } from "../../src/fibers/Leadership.ts"
import * as DemandSweep from "../../src/fibers/DemandSweep.ts"
import * as Sweeper from "../../src/fibers/Sweeper.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { amend, deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import { settle, story } from "./ActorFixture.ts"

/** A job that waits though its request has ended. */
const forget = Effect.fnUntraced(function* (jobId: number) {
  yield* deliver({ jobId })
  yield* amend(String(jobId), { status: "completed" })
})

describe("the sweep for jobs that nobody serves", () => {
  story("is made at once, and again every minute", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* forget(101)
      yield* Layer.build(Layer.provide(DemandSweep.layer, Leadership.layerTest))
      yield* settle
      assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101 })
      yield* forget(102)
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.deepInclude(yield* requestOf("102-2"), { status: "queued", jobId: 102 })
    })
  )
  story("does not wait for an E2B that does not answer", (outside) =>
    Effect.gen(function* () {
      outside.holdNext("list")
      yield* saveSpec()
      yield* Layer.build(
        Layer.merge(
          Layer.provide(Sweeper.layer, Leadership.layerTest),
          Layer.provide(DemandSweep.layer, Leadership.layerTest)
        )
      )
      yield* settle
      assert.deepStrictEqual(outside.callsOf("list"), ["list"])
      yield* forget(101)
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101 })
    })
  )
  story("is repeated after a mistake in the program", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* forget(101)
      let sweeps = 0
      yield* Layer.build(Layer.provide(DemandSweep.layer, Leadership.layerTest)).pipe(
        Effect.updateService(RequestStore, (store) => ({
          ...store,
          coverDemand: () =>
            Effect.suspend(() => {
              sweeps += 1
              return sweeps === 1 ? Effect.die(new Error("a mistake")) : store.coverDemand()
            })
        }))
      )
      yield* settle
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101 })
    })
  )
})
