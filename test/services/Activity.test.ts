// What a process remembers of its loops and actors.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Activity, layer } from "../../src/services/Activity.ts"

describe("the activity of a process", () => {
  it.effect(
    "has of each loop when its newest turn began, when one ended and when one failed last, and how many did",
    () =>
      Effect.gen(function* () {
        const activity = yield* Activity
        const turn = (began: number, ended: number, succeeded: boolean) => {
          activity.turnBegan("sweep", began)
          activity.turnEnded("sweep", succeeded, ended)
        }
        turn(1, 2, true)
        turn(3, 4, false)
        turn(5, 6, true)
        activity.turnBegan("sweep", 7)
        activity.turnBegan("look", 8)
        assert.deepStrictEqual(activity.loops(), [
          { name: "sweep", beganAt: 7, endedAt: 6, failedAt: 4, turns: 3, failures: 1 },
          { name: "look", beganAt: 8, endedAt: null, failedAt: null, turns: 0, failures: 0 }
        ])
      }).pipe(Effect.provide(layer))
  )

  it.effect("counts an actor once, for as long as it is there", () =>
    Effect.gen(function* () {
      const activity = yield* Activity
      activity.actorBegan("101")
      activity.actorBegan("101")
      activity.actorBegan("102")
      assert.strictEqual(activity.actors(), 2)
      activity.actorEnded("101")
      assert.strictEqual(activity.actors(), 1)
    }).pipe(Effect.provide(layer))
  )
})
