import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Leadership } from "../../src/fibers/Leadership.ts"
import * as Retention from "../../src/fibers/Retention.ts"
import { Config } from "../../src/services/config/Config.ts"
import { type Kind, RetentionStore } from "../../src/services/store/RetentionStore.ts"
import { StoreClock } from "../../src/services/store/StoreClock.ts"
import { makeConfig } from "./ActorFixture.ts"

const days = (number: number) => Duration.toMillis(Duration.days(number))
const today = days(400)

/** A store with this much of each kind; notes what it was asked. */
const storeWith = (amounts: Partial<Record<Kind, Array<number>>>) => {
  const asked: Array<string> = []
  const store = RetentionStore.of({
    removeSome: (kind, before) =>
      Effect.sync(() => {
        asked.push(`${kind} ${(today - before) / days(1)}`)
        return amounts[kind]?.shift() ?? 0
      })
  })
  return { asked, layer: Layer.mergeAll(Layer.succeed(RetentionStore, store), StoreClock.layer) }
}

const keeping = (retention: Partial<ReturnType<typeof makeConfig>["retention"]>) => {
  const config = makeConfig()
  return Layer.succeed(Config, { ...config, retention: { ...config.retention, ...retention } })
}

describe("what is old", () => {
  it.effect("is asked for by the days of its kind, batch after batch until none is left", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const { asked, layer } = storeWith({ bodies: [500, 20] })
      const fiber = yield* Effect.forkChild(Effect.provide(Retention.removeOld(), [layer, keeping({})]))
      // One pause after each batch; the clock stands while the cut-offs are made.
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(asked, [
        "bodies 7",
        "bodies 7",
        "bodies 7",
        "deliveries 30",
        "logs 14",
        "events 90",
        "requests 90",
        "audit 365"
      ])
    })
  )
  it.effect("is never removed where the operator keeps it for ever", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const { asked, layer } = storeWith({})
      yield* Effect.provide(Retention.removeOld(), [layer, keeping({ requests: "unlimited", logs: "unlimited" })])
      assert.deepStrictEqual(asked, ["bodies 7", "deliveries 30", "events 90", "audit 365"])
    })
  )
  it.effect("is looked for every hour", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const { asked, layer } = storeWith({})
      yield* Layer.build(Layer.provide(Layer.provide(Retention.layer, Leadership.layerTest), [layer, keeping({})]))
      yield* Effect.yieldNow
      assert.strictEqual(asked.length, 6)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(asked.length, 6)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asked.length, 12)
    })
  )
})
