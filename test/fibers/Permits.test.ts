import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Permits } from "../../src/fibers/Permits.ts"

const test = (title: string, total: number, body: (permits: Permits["Service"]) => Effect.Effect<void, unknown>) =>
  it.effect(title, () => Effect.flatMap(Permits, body).pipe(Effect.provide(Permits.layer(total))))

const hold = (permits: Permits["Service"], spec: string) =>
  Effect.forkChild(permits.withPermit(spec)(Effect.never), { startImmediately: true })

describe("permits", () => {
  test("one spec alone may have them all", 4, (permits) =>
    Effect.gen(function* () {
      yield* permits.setEnabledSpecs(1)
      assert.strictEqual(permits.room("a"), 4)
    })
  )
  test("a spec's share leaves one for each other enabled spec, and is never less than one", 4, (permits) =>
    Effect.gen(function* () {
      for (const [enabled, share] of [
        [1, 4],
        [2, 3],
        [4, 1],
        [9, 1]
      ] as const) {
        yield* permits.setEnabledSpecs(enabled)
        assert.strictEqual(permits.room("a"), share, `${enabled} specs`)
      }
    })
  )
  test("count from the moment a provisioning starts, for its spec and for the node", 4, (permits) =>
    Effect.gen(function* () {
      yield* permits.setEnabledSpecs(2)
      yield* hold(permits, "a")
      yield* hold(permits, "a")
      assert.strictEqual(permits.room("a"), 1)
      assert.strictEqual(permits.room("b"), 2)
      assert.strictEqual(permits.roomInAll(), 2)
    })
  )
  test("are given back after success, failure and interruption alike", 2, (permits) =>
    Effect.gen(function* () {
      yield* permits.withPermit("a")(Effect.void)
      yield* Effect.exit(permits.withPermit("a")(Effect.fail("no")))
      yield* Effect.exit(permits.withPermit("a")(Effect.die("never")))
      const held = yield* hold(permits, "a")
      yield* Fiber.interrupt(held)
      assert.strictEqual(permits.room("a"), 2)
      assert.strictEqual(permits.roomInAll(), 2)
    })
  )
  test("a spec whose share is used up holds up no other one", 3, (permits) =>
    Effect.gen(function* () {
      yield* permits.setEnabledSpecs(2)
      for (let started = 0; started < 5; started += 1) yield* hold(permits, "a")
      const ran = yield* Deferred.make<void>()
      yield* Effect.forkChild(permits.withPermit("b")(Deferred.succeed(ran, undefined)), { startImmediately: true })
      yield* Deferred.await(ran)
    })
  )
  test("the limit holds should more be started than there is room for", 2, (permits) =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const work = Effect.gen(function* () {
        running += 1
        most = Math.max(most, running)
        yield* Effect.yieldNow
        running -= 1
      })
      yield* Effect.forEach(["a", "b", "a", "c", "b"], (spec) => permits.withPermit(spec)(work), {
        concurrency: "unbounded",
        discard: true
      })
      assert.strictEqual(most, 2)
    })
  )
  test("a share that shrinks below what is used leaves no room until enough has ended", 4, (permits) =>
    Effect.gen(function* () {
      yield* permits.setEnabledSpecs(1)
      const first = yield* hold(permits, "a")
      yield* hold(permits, "a")
      yield* permits.setEnabledSpecs(4)
      assert.isAtMost(permits.room("a"), 0)
      yield* Fiber.interrupt(first)
      assert.strictEqual(permits.room("a"), 0)
    })
  )
})
