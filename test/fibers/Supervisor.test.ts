import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import * as Dispatcher from "../../src/fibers/Dispatcher.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Supervisor } from "../../src/fibers/Supervisor.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { Activity } from "../../src/services/Activity.ts"
import { deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import { claimHere, makeConfig, settle, told, until, worldLayer } from "./ActorFixture.ts"
import { FakeOutside } from "./FakeOutside.ts"

const base = makeConfig()

/** A test with a supervisor, and with a dispatcher from the moment the body starts it. */
const story = <A, E>(
  title: string,
  body: (outside: FakeOutside) => Effect.Effect<A, E, Layer.Success<ReturnType<typeof supervised>> | Scope.Scope>,
  worker: Partial<typeof base.worker> = {}
) =>
  it.effect(title, () =>
    Effect.suspend(() => {
      const outside = new FakeOutside()
      return Effect.provide(body(outside), supervised(outside, worker))
    })
  )
const supervised = (outside: FakeOutside, worker: Partial<typeof base.worker>) =>
  Supervisor.layer.pipe(Layer.provideMerge(worldLayer(outside, { ...base, worker: { ...base.worker, ...worker } })))

const dispatching = Layer.build(Dispatcher.layer)
const jobs = (...ids: ReadonlyArray<number>) => Effect.forEach(ids, (jobId) => deliver({ jobId }), { discard: true })

describe("the supervisor", () => {
  story("restarts an actor that failed from its row: nothing is created twice", (outside) =>
    Effect.gen(function* () {
      const supervisor = yield* Supervisor
      const sql = yield* SqlClient.SqlClient
      yield* saveSpec()
      yield* jobs(101)
      const release = outside.holdNext("create")
      const [claim] = yield* claimHere()
      yield* supervisor.start(claim!)
      yield* settle
      assert.strictEqual((yield* Activity).actors(), 1)
      // The database fails every statement until the table is back.
      yield* sql`ALTER TABLE runner_requests RENAME TO hidden`
      yield* release
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* sql`ALTER TABLE hidden RENAME TO runner_requests`
      for (let seconds = 0; seconds < 6; seconds += 1) {
        yield* TestClock.adjust("1 second")
        yield* settle
      }
      assert.strictEqual(outside.callsOf("create").length, 1)
      assert.strictEqual(outside.sandboxes.size, 0)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", owner: null, attempt: 0 })
      assert.strictEqual((yield* Activity).actors(), 0)
    })
  )
  it.effect("a request whose provisioning always ends by a mistake fails in the end, and says so", () => {
    const outside = new FakeOutside()
    const mistaken = Layer.effect(
      RequestStore,
      Effect.map(RequestStore, (store) => ({
        ...store,
        record: (...[request, facts]: Parameters<typeof store.record>) =>
          facts.some(({ _tag }) => _tag === "RunnerRegistered")
            ? Effect.die(new Error("a mistake"))
            : store.record(request, facts)
      }))
    )
    return Effect.gen(function* () {
      yield* saveSpec()
      yield* dispatching
      yield* settle
      yield* jobs(101)
      for (let minutes = 0; minutes < 10; minutes += 1) {
        yield* settle
        for (let seconds = 0; seconds < 6; seconds += 1) yield* Effect.andThen(TestClock.adjust("10 seconds"), settle)
      }
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "interrupted", owner: null })
      assert.strictEqual(outside.callsOf("create").length, 1 + base.worker.retryMaxAttempts)
      assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
    }).pipe(
      Effect.provide(Supervisor.layer.pipe(Layer.provideMerge(mistaken), Layer.provideMerge(worldLayer(outside, base))))
    )
  })
  it.effect("restarts an actor that was interrupted from within: nobody asked for that", () => {
    const outside = new FakeOutside()
    let interrupted = 0
    const interruptOnce = Layer.effect(
      RequestStore,
      Effect.map(RequestStore, (store) => ({
        ...store,
        // As a pool that closes under a statement answers.
        judge: (...call: Parameters<typeof store.judge>) => {
          if (interrupted > 0) return store.judge(...call)
          interrupted += 1
          return Effect.interrupt
        }
      }))
    )
    return Effect.gen(function* () {
      const supervisor = yield* Supervisor
      yield* saveSpec()
      yield* jobs(101)
      const [claim] = yield* claimHere()
      yield* supervisor.start(claim!)
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(interrupted, 1)
      assert.strictEqual(yield* supervisor.count, 1)
      assert.strictEqual((yield* requestOf("101")).status, "running")
      assert.strictEqual(outside.callsOf("connect").length, 1)
    }).pipe(
      Effect.provide(
        Supervisor.layer.pipe(Layer.provideMerge(interruptOnce), Layer.provideMerge(worldLayer(outside, base)))
      )
    )
  })
  story("tells news to the actors it has, ignores others, and says when one has ended", () =>
    Effect.gen(function* () {
      const supervisor = yield* Supervisor
      yield* saveSpec()
      yield* jobs(101)
      const [claim] = yield* claimHere()
      yield* supervisor.start(claim!)
      yield* until("101", ({ status }) => status === "running")
      assert.strictEqual(yield* supervisor.count, 1)
      yield* deliver({ status: "completed", conclusion: "cancelled" })
      yield* supervisor.tell(["101", "nobody"])
      yield* Queue.take(supervisor.ended)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      yield* settle
      assert.strictEqual(yield* supervisor.count, 0)
    })
  )
  story("stopping leaves sandboxes and rows as they are (E-60, E-89)", (outside) =>
    Effect.gen(function* () {
      const supervisor = yield* Supervisor
      yield* saveSpec()
      yield* jobs(101)
      const [claim] = yield* claimHere()
      yield* supervisor.start(claim!)
      const before = yield* until("101", ({ status }) => status === "running")
      yield* supervisor.stopAll
      assert.deepStrictEqual(yield* requestOf("101"), before)
      assert.strictEqual(outside.sandboxes.size, 1)
    })
  )
})

describe("the dispatcher", () => {
  story("provisions a job as soon as its delivery is committed, without waiting for the next look", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* dispatching
      yield* settle
      yield* jobs(101)
      yield* until("101", ({ status }) => status === "running")
    })
  )
  story("finds within a second what no wake-up told of", () =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* jobs(101)
      yield* dispatching
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* until("101", ({ status }) => status === "running")
    })
  )
  story(
    "claims no more than it can provision at once, and goes on as soon as one has ended",
    (outside) =>
      Effect.gen(function* () {
        const releases = [1, 2, 3].map(() => outside.holdNext("create"))
        yield* saveSpec()
        yield* dispatching
        yield* settle
        yield* jobs(101, 102, 103)
        yield* settle
        assert.strictEqual(outside.callsOf("create").length, 2)
        assert.strictEqual((yield* requestOf("103")).status, "queued")
        yield* releases[0]!
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.strictEqual(outside.callsOf("create").length, 3)
      }),
    { maxConcurrentCreates: 2 }
  )
  story(
    "keeps to worker.max_concurrent_runners; what waits is kept and served when a sandbox is gone (E-25)",
    () =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* dispatching
        yield* settle
        yield* jobs(101, 102)
        yield* until("101", ({ status }) => status === "running")
        yield* TestClock.adjust("5 seconds")
        yield* settle
        assert.strictEqual((yield* requestOf("102")).status, "queued")
        const { runnerName } = yield* requestOf("101")
        yield* deliver({ status: "completed", conclusion: "success", runnerName })
        yield* until("101", ({ status }) => status === "completed")
        yield* settle
        yield* until("102", ({ status }) => status === "running")
      }),
    { maxConcurrentRunners: 1 }
  )
  story("gives up what it holds when it stops, and touches nothing outside (E-89)", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* dispatching
          yield* settle
          yield* jobs(101)
          yield* until("101", ({ status }) => status === "running")
        })
      )
      assert.deepInclude(yield* requestOf("101"), { status: "running", owner: null })
      assert.deepStrictEqual(outside.callsOf("kill"), [])
      const { incarnation } = yield* NodeLease
      assert.notInclude(yield* told("101"), "stopping", incarnation)
    })
  )
})
