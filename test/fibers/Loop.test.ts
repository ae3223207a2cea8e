import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as Loop from "../../src/fibers/Loop.ts"

/** Ends in each of these ways once, and then waits for ever. */
const stepOf = (...ends: ReadonlyArray<Effect.Effect<void, string>>) => {
  let runs = 0
  return {
    runs: () => runs,
    effect: Effect.suspend(() => {
      runs += 1
      return ends[runs - 1] ?? Effect.never
    })
  }
}

const start = <A, E, R>(loop: Effect.Effect<A, E, R>) => Effect.forkChild(loop, { startImmediately: true })

const ends = [
  ["a failure", Effect.fail("no")],
  ["a defect", Effect.die(new Error("a mistake"))],
  ["an interruption from within", Effect.interrupt]
] as const

describe("a loop that runs for ever", () => {
  it.effect("goes on at once after a success", () =>
    Effect.gen(function* () {
      const step = stepOf(Effect.void, Effect.void)
      yield* start(Loop.forever("test", step.effect))
      yield* TestClock.adjust(0)
      assert.strictEqual(step.runs(), 3)
    })
  )
  it.effect.each(ends)("goes on a second after %s", ([, end]) =>
    Effect.gen(function* () {
      const step = stepOf(end)
      yield* start(Loop.forever("test", step.effect))
      yield* TestClock.adjust(999)
      assert.strictEqual(step.runs(), 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(step.runs(), 2)
    })
  )
  it.effect("logs what failed, with the loop's name", () => {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ cause, fiber }) => {
      logged.push([Cause.squash(cause), fiber.getRef(References.CurrentLogAnnotations)["loop"]])
    })
    return Effect.gen(function* () {
      const mistake = new Error("a mistake")
      yield* start(Loop.forever("test", stepOf(Effect.die(mistake)).effect))
      assert.deepStrictEqual(logged, [[mistake, "test"]])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
  it.effect("ends when it is interrupted, in its step and in its pause, and logs nothing", () => {
    const logged: Array<unknown> = []
    const logger = Logger.make(() => logged.push("something"))
    return Effect.gen(function* () {
      const waiting = yield* start(Loop.forever("test", Effect.never))
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual(logged, [])
      const pausing = yield* start(Loop.forever("test", Effect.fail("no")))
      yield* Fiber.interrupt(pausing)
      assert.strictEqual(logged.length, 1)
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})

describe("a loop with an interval", () => {
  it.effect.each([["a success", Effect.void], ...ends] as const)(
    "runs at once, and again after it: after %s",
    ([, end]) =>
      Effect.gen(function* () {
        const step = stepOf(end)
        yield* start(Loop.every("test", Duration.minutes(1), step.effect))
        assert.strictEqual(step.runs(), 1)
        yield* TestClock.adjust(59_999)
        assert.strictEqual(step.runs(), 1)
        yield* TestClock.adjust(1)
        assert.strictEqual(step.runs(), 2)
      })
  )
})
