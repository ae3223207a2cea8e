import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as TestClock from "effect/testing/TestClock"
import { type CreatePacing, makePacing } from "../../src/fibers/CreatePacing.ts"
import { forAll } from "../support/StoreScenes.ts"

/** Takes all there is, as a dispatcher with more requests than it may begin does. */
const takeAll = (pacing: CreatePacing) => Effect.tap(pacing.available, pacing.spend)

/** How many begin when all there is is taken every `step` milliseconds, at once for the first time. */
const begunIn = Effect.fnUntraced(function* (pacing: CreatePacing, steps: number, step: number) {
  let begun = yield* takeAll(pacing)
  for (let taken = 0; taken < steps; taken += 1) {
    yield* TestClock.adjust(step)
    begun += yield* takeAll(pacing)
  }
  return begun
})

describe("the pace of creates", () => {
  it.effect("a burst of one second's worth begins at once, and nothing more", () =>
    Effect.gen(function* () {
      const pacing = makePacing(5)
      assert.strictEqual(yield* takeAll(pacing), 5)
      assert.strictEqual(yield* pacing.available, 0)
    })
  )
  it.effect("then it goes on at the rate, one by one", () =>
    Effect.gen(function* () {
      const pacing = makePacing(5)
      yield* takeAll(pacing)
      yield* TestClock.adjust(199)
      assert.strictEqual(yield* pacing.available, 0)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* takeAll(pacing), 1)
      assert.strictEqual(yield* begunIn(pacing, 50, 200), 50)
    })
  )
  it.effect("what is not spent adds up to one second's worth, however long nothing begins", () =>
    Effect.gen(function* () {
      const pacing = makePacing(5)
      yield* takeAll(pacing)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* pacing.available, 5)
      yield* pacing.spend(2)
      assert.strictEqual(yield* pacing.available, 3)
    })
  )
  it.effect("a rate below one begins one at once and the next when it is due", () =>
    Effect.gen(function* () {
      const pacing = makePacing(0.5)
      assert.strictEqual(yield* takeAll(pacing), 1)
      yield* TestClock.adjust(1999)
      assert.strictEqual(yield* pacing.available, 0)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* pacing.available, 1)
    })
  )
  it.effect("a fraction counts over time, also when asked once a second only", () =>
    Effect.gen(function* () {
      // 2 of the 2.5 at once, and 25 in the ten seconds that follow.
      assert.strictEqual(yield* begunIn(makePacing(2.5), 20, 500), 27)
      assert.strictEqual(yield* begunIn(makePacing(2.5), 10, 1000), 27)
    })
  )
  it.effect(
    "over any time it is the rate and one burst at most, and never less than the rate, however often it is asked",
    () =>
      forAll(
        fc.record({
          rate: fc.constantFrom(0.3, 1, 2.5, 5, 7, 20),
          step: fc.integer({ min: 1, max: 900 }),
          steps: fc.integer({ min: 1, max: 400 })
        }),
        60,
        ({ rate, step, steps }) =>
          Effect.gen(function* () {
            const begun = yield* begunIn(makePacing(rate), steps, step)
            const due = (rate * step * steps) / 1000
            assert.isAtMost(begun, due + Math.max(1, rate) + 1e-6)
            // Nothing is lost but where the bucket is full: a step that brings more than fits beside a fraction.
            const fits = (rate * step) / 1000 + 1 <= Math.max(1, rate)
            if (fits) assert.isAtLeast(begun, Math.floor(due - 1e-6))
          })
      )
  )
  it.effect("unlimited is unlimited", () =>
    Effect.gen(function* () {
      const pacing = makePacing("unlimited")
      yield* pacing.spend(1_000_000)
      assert.strictEqual(yield* pacing.available, Number.POSITIVE_INFINITY)
    })
  )
})
