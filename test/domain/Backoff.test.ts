import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { askedDelayOf, backoffSchedule, delayMillis, delayOf } from "../../src/domain/Backoff.ts"

const policies = fc
  .record({ base: fc.nat({ max: 600_000 }), extra: fc.nat({ max: 86_400_000 }) })
  .map(({ base, extra }) => ({ base: Duration.millis(base), max: Duration.millis(base + extra) }))
const attempts = fc.integer({ min: 0, max: 5_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe("delayOf", () => {
  it("is never negative, never above the cap, never below half of what was due", () => {
    fc.assert(
      fc.property(policies, attempts, random, (policy, attempt, random) => {
        const delay = delayOf(policy, attempt, random)
        const due = Math.min(Duration.toMillis(policy.max), Duration.toMillis(policy.base) * 2 ** Math.min(attempt, 40))
        assert.isTrue(Number.isFinite(delay) && delay >= Math.floor(due / 2) && delay <= Duration.toMillis(policy.max))
      })
    )
  })

  it("never shrinks with the attempt, for the same luck, so neither does its expectation", () => {
    fc.assert(
      fc.property(policies, attempts, random, (policy, attempt, random) => {
        assert.isAtLeast(delayOf(policy, attempt + 1, random), delayOf(policy, attempt, random))
      })
    )
  })

  it("doubles from the base until the cap", () => {
    const policy = { base: Duration.seconds(15), max: Duration.seconds(300) }
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4, 5, 60].map((attempt) => delayOf(policy, attempt, 0)),
      [15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000]
    )
  })
})

describe("askedDelayOf", () => {
  const asked = fc.double({ min: 0, max: 86_400_000, noNaN: true })
  it("is never less than what was asked for, nor more than a tenth or ten seconds more", () => {
    fc.assert(
      fc.property(asked, random, (asked, random) => {
        const delay = askedDelayOf(asked, random)
        assert.isAtLeast(delay, asked)
        assert.isAtMost(delay, Math.ceil(asked + Math.min(asked / 10, 10_000)))
      })
    )
  })
  it("spreads those whom one limit put off, unless there was nothing to wait for", () => {
    const luck = Array.from({ length: 50 }, (_, index) => index / 50)
    assert.strictEqual(new Set(luck.map((random) => askedDelayOf(60_000, random))).size, 50)
    assert.deepStrictEqual([...new Set(luck.map((random) => askedDelayOf(0, random)))], [0])
  })
})

it.effect("delayMillis spreads those who failed together", () =>
  Effect.gen(function* () {
    const policy = { base: Duration.seconds(15), max: Duration.seconds(300) }
    const delays = yield* Effect.all(Array.from({ length: 50 }, () => delayMillis(policy, 2)))
    assert.isAbove(new Set(delays).size, 40)
    assert.isTrue(delays.every((delay) => delay >= 30_000 && delay <= 60_000))
  })
)

it.effect("the schedule waits as delayMillis says, attempt by attempt, and does not end", () =>
  Effect.gen(function* () {
    const runs = yield* Ref.make(0)
    const fiber = yield* Ref.update(runs, (n) => n + 1).pipe(
      Effect.andThen(Effect.fail("again")),
      Effect.retry(backoffSchedule({ base: Duration.seconds(10), max: Duration.seconds(40) })),
      Effect.forkChild({ startImmediately: true })
    )
    assert.deepStrictEqual(yield* Ref.get(runs), 1)
    yield* TestClock.adjust("4999 millis")
    assert.deepStrictEqual(yield* Ref.get(runs), 1, "not before half of the base")
    yield* TestClock.adjust("5001 millis")
    assert.deepStrictEqual(yield* Ref.get(runs), 2)
    yield* TestClock.adjust("1 hour")
    assert.isAtLeast(yield* Ref.get(runs), 3_600 / 40)
    yield* Fiber.interrupt(fiber)
  })
)
