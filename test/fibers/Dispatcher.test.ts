// The dispatcher when things go wrong or are many; its everyday work is told in Supervisor.test.ts.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Dispatcher from "../../src/fibers/Dispatcher.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Supervisor } from "../../src/fibers/Supervisor.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { amend, deliver, saveSpec } from "../support/StoreScenes.ts"
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
          const pending = dieOnce(Effect.suspend(() => claims.pending(["nobody"])))
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
      const { requests } = yield* RequestStore.use((store) => store.list({ limit: 500, offset: 0 }))
      assert.strictEqual(requests.filter(({ owner }) => owner === incarnation).length, ids.length)
    }).pipe(Effect.provide(worldOf(outside)))
  })
})
