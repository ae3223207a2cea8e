// What becomes of work when the connection to a real PostgreSQL breaks, hangs, or breaks between a commit and its answer.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Instance } from "../../../src/services/store/Instance.ts"
import { NodeSession } from "../../../src/services/store/NodeSession.ts"
import * as PostgresClient from "../../../src/services/store/PostgresClient.ts"
import { ReadClient } from "../../../src/services/store/ReadClient.ts"
import { RequestStore } from "../../../src/services/store/RequestStore.ts"
import { SpecStore } from "../../../src/services/store/SpecStore.ts"
import { StoreClock } from "../../../src/services/store/StoreClock.ts"
import { TimelineStore } from "../../../src/services/store/TimelineStore.ts"
import { Wakeup } from "../../../src/services/Wakeup.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { call, servedOn } from "../../http/ServerFixture.ts"
import * as PostgresDatabases from "../../support/PostgresDatabases.ts"
import { PostgresProxy } from "../../support/PostgresProxy.ts"
import { type Stores, storesOn } from "../../support/StoreBackends.ts"
import { claim, deliver, requestOf, rowsOf, saveSpec } from "../../support/StoreScenes.ts"

const storesBehind = (proxy: PostgresProxy) =>
  Layer.fresh(
    storesOn(
      Instance.layer("PostgreSQL").pipe(
        Layer.provideMerge(ReadClient.shared),
        Layer.provideMerge(NodeSession.postgres({ url: Redacted.make(proxy.url) })),
        Layer.provideMerge(PostgresClient.layer({ url: Redacted.make(proxy.url), maxConnections: 4 })),
        Layer.provideMerge(Layer.mergeAll(StoreClock.layer, Wakeup.layer))
      )
    )
  )

const proxied = Effect.gen(function* () {
  const { url } = yield* PostgresDatabases.database
  return yield* Effect.acquireRelease(
    Effect.promise(() => PostgresProxy.start(url)),
    (proxy) => Effect.promise(() => proxy.close())
  )
})

const test = <A, E>(title: string, body: (proxy: PostgresProxy) => Effect.Effect<A, E, Stores | Scope.Scope>) =>
  it.live(title, () =>
    Effect.flatMap(proxied, (proxy) => Effect.provide(body(proxy), storesBehind(proxy))).pipe(Effect.scoped)
  )

describe("a commit that took place and was not answered", () => {
  test("of a delivery: it is refused, and taken once when GitHub sends it again", (proxy) =>
    Effect.gen(function* () {
      yield* saveSpec()
      proxy.loseNextCommit()
      const lost = yield* Effect.flip(deliver({}, { guid: "g-1" }))
      assert.deepInclude(lost, { _tag: "StoreError", kind: "ConnectionError" })
      assert.strictEqual((yield* deliver({}, { guid: "g-1" }))._tag, "Existing")
      assert.lengthOf(yield* rowsOf("runner_requests"), 1)
      assert.lengthOf(yield* rowsOf("request_events"), 1)
      assert.deepInclude((yield* rowsOf("webhook_deliveries"))[0], { guid: "g-1", timesReceived: 2 })
    }))
  test("of a claim: the node holds the request without knowing, and finds it when it asks for what it does not work on", (proxy) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      proxy.loseNextCommit()
      yield* Effect.flip(claim())
      assert.deepInclude(yield* requestOf("101"), { status: "creating", owner: "node-1", fence: 1 })
      assert.deepStrictEqual(yield* claim(), [])
      const [found] = yield* claim({ workedOn: new Set() })
      assert.deepInclude(found, { kind: "Resume" })
      assert.deepInclude(yield* requestOf("101"), { owner: "node-1", fence: 2 })
    }))
  test("of an actor's step: it is written once, and whoever reads the row goes on behind it", (proxy) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const store = yield* RequestStore
      const [claimed] = yield* claim()
      proxy.loseNextCommit()
      const lost = yield* Effect.flip(store.record(claimed!.request, [{ _tag: "StopWanted", message: "Enough." }]))
      assert.deepInclude(lost, { _tag: "StoreError", kind: "ConnectionError" })
      const row = yield* requestOf("101")
      assert.deepInclude(row, { status: "stopping", owner: "node-1", fence: 1 })
      yield* store.record(row, [{ _tag: "SandboxRemoved" }])
      const told = yield* TimelineStore.use((timeline) => timeline.of("101"))
      assert.lengthOf(
        told.filter(({ message }) => message.includes("Enough.")),
        1
      )
    }))
})

describe("a database that cannot be reached", () => {
  const list = SpecStore.use((specs) => specs.list)

  test("is one again as soon as it answers: connections that broke are replaced", (proxy) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* Effect.all([list, list, list, list], { concurrency: "unbounded" })
      proxy.cut()
      // Each of the four may be met broken once.
      assert.lengthOf(yield* Effect.retry(list, { times: 4 }), 1)
      proxy.setAway(true)
      assert.deepInclude(yield* Effect.flip(list), { _tag: "StoreError", kind: "ConnectionError" })
      proxy.setAway(false)
      assert.lengthOf(yield* Effect.retry(list, { times: 4 }), 1)
    }))
  it.live("shows in /readyz, whether it is away or hangs, and no longer once it answers", () =>
    Effect.gen(function* () {
      const proxy = yield* proxied
      const ready = Effect.map(call("GET", "/readyz"), ({ status }) => status)
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* ready, 200)
        proxy.setAway(true)
        assert.strictEqual(yield* ready, 503)
        proxy.setAway(false)
        let answers = 0
        while ((yield* ready) !== 200) assert.isBelow((answers += 1), 10)
        proxy.setSilent(true)
        assert.strictEqual(yield* ready, 503)
        proxy.setSilent(false)
        answers = 0
        while ((yield* ready) !== 200) assert.isBelow((answers += 1), 10)
      }).pipe(Effect.provide(servedOn(makeConfig(), storesBehind(proxy))))
    }).pipe(Effect.scoped)
  )
})
