// The dispatcher when things go wrong or are many; its everyday work is told in Supervisor.test.ts.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Dispatcher from "../../src/fibers/Dispatcher.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Supervisor } from "../../src/fibers/Supervisor.ts"
import { claimRulesOf } from "../../src/services/ClaimRules.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { StoreError } from "../../src/services/store/StoreError.ts"
import { amend, deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import { claimHere, makeConfig, settle, until, worldLayer } from "./ActorFixture.ts"
import { FakeOutside } from "./FakeOutside.ts"

const worldOf = (outside: FakeOutside) => Supervisor.layer.pipe(Layer.provideMerge(worldLayer(outside, makeConfig())))

/** The next such call dies, as a mistake in the program would make it. */
const dieOnce = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  let died = false
  return Effect.suspend(() => {
    if (died) return call
    died = true
    return Effect.die(new Error("a mistake"))
  })
}

describe("the dispatcher", () => {
  it.effect("goes on looking after a mistake in one look", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101 })
      yield* Layer.build(Dispatcher.layer).pipe(
        Effect.updateService(ClaimStore, (claims) => {
          const rules = claimRulesOf(makeConfig())
          const pending = dieOnce(Effect.suspend(() => claims.pending(["nobody"], rules)))
          return { ...claims, pending: () => pending }
        })
      )
      for (let seconds = 0; seconds < 3; seconds += 1) {
        yield* TestClock.adjust("1 second")
        yield* settle
      }
      yield* until("101", ({ status }) => status === "running")
    }).pipe(Effect.provide(worldOf(new FakeOutside())))
  )
  it.effect("goes on hearing news after a mistake in telling one", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* Layer.build(Dispatcher.layer).pipe(
        Effect.updateService(Supervisor, (supervisor) => {
          const tell = dieOnce(Effect.void)
          return { ...supervisor, tell: () => tell }
        })
      )
      yield* settle
      yield* deliver({ jobId: 101 })
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* deliver({ jobId: 102 })
      // No second passes: only the news of it can have brought it about.
      yield* until("102", ({ status }) => status === "running")
    }).pipe(Effect.provide(worldOf(new FakeOutside())))
  )
  it.effect("tells an actor the news whose wake-up was lost, within a second", () => {
    const outside = new FakeOutside()
    return Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101 })
      yield* Layer.build(Dispatcher.layer)
      yield* TestClock.adjust("1 second")
      yield* until("101", ({ status }) => status === "running")
      // As another process on the same database writes it: nobody here is told.
      yield* amend("101", { stopAskedAt: 1, stopAskedBy: "ann", factsVersion: 1 })
      yield* TestClock.adjust("1 second")
      yield* until("101", ({ status }) => status === "completed")
      assert.strictEqual(outside.sandboxes.size, 0)
    }).pipe(Effect.provide(worldOf(outside)))
  })
  it.effect("a claim whose commit was not answered is acted upon all the same, within a second", () => {
    const outside = new FakeOutside()
    return Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101 })
      let claimed = 0
      yield* Layer.build(Dispatcher.layer).pipe(
        Effect.updateService(ClaimStore, (claims) => ({
          ...claims,
          claim: (input) =>
            Effect.flatMap(claims.claim(input), (answer) => {
              claimed += 1
              return claimed === 1
                ? Effect.fail(new StoreError({ operation: "claim", kind: "ConnectionError" }))
                : Effect.succeed(answer)
            })
        }))
      )
      yield* TestClock.adjust("1 second")
      yield* until("101", ({ owner, status }) => owner !== null && status === "creating")
      yield* settle
      // The first second is the loop's pause after the failure, the second one its next look.
      for (let seconds = 0; seconds < 2; seconds += 1) {
        yield* TestClock.adjust("1 second")
        yield* settle
      }
      yield* until("101", ({ status }) => status === "running")
      assert.deepInclude(yield* requestOf("101"), { attempt: 0 })
      assert.strictEqual(outside.sandboxes.size, 1)
    }).pipe(Effect.provide(worldOf(outside)))
  })
  it.effect("adopts at once all that a dead node held, however many (E-33)", () => {
    const outside = new FakeOutside()
    const ids = Array.from({ length: 450 }, (_, index) => index + 1)
    return Effect.gen(function* () {
      yield* saveSpec()
      yield* Effect.forEach(ids, (jobId) => deliver({ jobId }), { concurrency: "unbounded", discard: true })
      yield* claimHere({ owner: "dead", alive: ["dead"], room: () => ids.length, roomInAll: ids.length })
      // E2B leaves each look for its sandbox unanswered: the requests stay as they were adopted.
      for (const _ of ids) outside.holdNext("list")
      yield* Layer.build(Dispatcher.layer)
      yield* TestClock.adjust("1 second")
      yield* settle
      const { incarnation } = yield* NodeLease
      const { requests } = yield* RequestSearch.use((store) => store.search({ page: { limit: 500, offset: 0 } }))
      assert.strictEqual(requests.filter(({ owner }) => owner === incarnation).length, ids.length)
    }).pipe(Effect.provide(worldOf(outside)))
  })
})

describe("shutting down", () => {
  /** A dispatcher whose scope the test closes, with job 101's sandbox being created. */
  const creating = Effect.gen(function* () {
    yield* saveSpec()
    yield* deliver({ jobId: 101 })
    const scope = yield* Scope.make()
    yield* Layer.buildWithScope(Dispatcher.layer, scope)
    yield* TestClock.adjust("1 second")
    yield* settle
    return scope
  })

  it.effect(
    "lets a provisioning finish, gives the running request up, and leaves its sandbox alone (E-60, E-89)",
    () => {
      const outside = new FakeOutside()
      return Effect.gen(function* () {
        const answer = outside.holdNext("create")
        const scope = yield* creating
        const stopped = yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* settle
        assert.isUndefined(stopped.pollUnsafe())
        yield* answer
        yield* Fiber.join(stopped)
        assert.deepInclude(yield* requestOf("101"), { status: "running", owner: null })
        assert.strictEqual(outside.sandboxes.size, 1)
        assert.deepStrictEqual(outside.callsOf("kill"), [])
        yield* deliver({ jobId: 102 })
        yield* TestClock.adjust("1 minute")
        yield* settle
        assert.strictEqual((yield* requestOf("102")).status, "queued")
      }).pipe(Effect.provide(worldOf(outside)))
    }
  )
  it.effect("hands over what is not ready in time: the next node removes it and begins anew, no attempt spent", () => {
    const outside = new FakeOutside()
    return Effect.gen(function* () {
      outside.holdNext("createJitConfig")
      const scope = yield* creating
      const stopped = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* settle
      yield* TestClock.adjust("19 seconds")
      yield* settle
      assert.isUndefined(stopped.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopped)
      assert.deepInclude(yield* requestOf("101"), { status: "creating", owner: null, sandboxId: "sbx-1" })
      yield* Layer.build(Dispatcher.layer)
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* until("101", ({ status }) => status === "running")
      assert.deepInclude(yield* requestOf("101"), { attempt: 0, sandboxId: "sbx-2" })
      assert.deepStrictEqual([...outside.sandboxes.keys()], ["sbx-2"])
    }).pipe(Effect.provide(worldOf(outside)))
  })
})
