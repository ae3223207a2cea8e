import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as TestClock from "effect/testing/TestClock"
import * as HeapGrowth from "../../src/fibers/HeapGrowth.ts"
import { Supervisor } from "../../src/fibers/Supervisor.ts"

describe("the heap's growth", () => {
  it.effect("is bounded while a node has many runners, is V8's own otherwise, and V8 is told of changes only", () =>
    Effect.gen(function* () {
      let runners = 100
      const told: Array<number> = []
      const supervisor = Supervisor.of({
        start: () => Effect.void,
        tell: () => Effect.void,
        ended: yield* Queue.sliding<void>(1),
        workedOn: Effect.succeed(new Set<string>()),
        count: Effect.sync(() => runners),
        stopAll: Effect.void
      })
      yield* HeapGrowth.layer((percent) => told.push(percent)).pipe(
        Layer.provide(Layer.succeed(Supervisor, supervisor)),
        Layer.build
      )
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [0])
      runners = 101
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [0, 10])
      runners = 100
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(told, [0, 10, 0])
    }).pipe(Effect.scoped)
  )
})
