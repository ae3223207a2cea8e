// What every database must do to forget what is old, and to find runners that were left behind.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import type { RunnerTarget } from "../../src/domain/RunnerTarget.ts"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import { instant } from "../../src/services/store/Dialect.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { RegistrationStore } from "../../src/services/store/RegistrationStore.ts"
import { type Kind, kinds, RetentionStore } from "../../src/services/store/RetentionStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, requestOf, saveSpec } from "./StoreScenes.ts"

const tables = [
  "webhook_deliveries",
  "request_logs",
  "request_events",
  "runner_requests",
  "workflow_jobs",
  "audit_events"
] as const

/** How many rows each table has, and how many deliveries still have their body. */
const counts = SqlClient.SqlClient.use((sql) =>
  Effect.gen(function* () {
    const numbers: Array<number> = []
    for (const table of tables) {
      const rows = yield* sql<{ n: number }>`SELECT count(*) AS n FROM ${sql(table)}`
      numbers.push(rows[0]!.n)
    }
    const bodies = yield* sql<{ n: number }>`SELECT count(body) AS n FROM webhook_deliveries`
    return [...numbers, bodies[0]!.n]
  })
)

const removeAll = (kind: Kind, before: number) =>
  RetentionStore.use((store) =>
    Effect.gen(function* () {
      let count = 0
      while (true) {
        const some = yield* store.removeSome(kind, before)
        if (some === 0) return count
        count += some
      }
    })
  )

/** A spec whose own record is gone already. */
const specWithoutRecord = Effect.suspend(() => Effect.andThen(saveSpec(), removeAll("audit", 1)))

/** A job with a request, a delivery, an entry in the timeline, a line of log and an audit event, at this time. */
const life = Effect.fnUntraced(function* (jobId: number, at: number) {
  yield* TestClock.setTime(at)
  yield* deliver({ jobId, labels: ["self-hosted"] }, { guid: `guid-${jobId}` })
  yield* LogStore.use((logs) => logs.append({ requestId: String(jobId), fence: 0, stream: "stdout", text: "a line\n" }))
  const event = { actor: "ann", action: "runner.stop", resourceId: String(jobId), before: null, after: null } as const
  yield* AuditStore.use((audit) => audit.append(event))
})

const keyOf = (target: RunnerTarget) => `${target._tag} ${target.owner}/${target.repository}`

export const retentionContract = ({ layer, name }: StoreBackend): void => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`retention on ${name}`, () => {
    test(
      "each kind goes by itself, and only what is older than asked (E-114)",
      Effect.gen(function* () {
        yield* specWithoutRecord
        yield* life(1, 1000)
        yield* life(2, 2000)
        for (const id of ["1", "2"]) yield* amend(id, { status: "completed" })
        assert.deepStrictEqual(yield* counts, [2, 2, 2, 2, 2, 2, 2])
        for (const kind of kinds) assert.strictEqual(yield* removeAll(kind, 1000), 0, kind)
        assert.strictEqual(yield* removeAll("bodies", 1001), 1)
        assert.deepStrictEqual(yield* counts, [2, 2, 2, 2, 2, 2, 1])
        assert.strictEqual(yield* removeAll("deliveries", 1001), 1)
        assert.deepStrictEqual(yield* counts, [1, 2, 2, 2, 2, 2, 1])
        assert.strictEqual(yield* removeAll("logs", 1001), 1)
        assert.deepStrictEqual(yield* counts, [1, 1, 2, 2, 2, 2, 1])
        assert.strictEqual(yield* removeAll("events", 1001), 1)
        assert.deepStrictEqual(yield* counts, [1, 1, 1, 2, 2, 2, 1])
        assert.strictEqual(yield* removeAll("requests", 1001), 2)
        assert.deepStrictEqual(yield* counts, [1, 1, 1, 1, 1, 2, 1])
        assert.strictEqual(yield* removeAll("audit", 1001), 1)
        assert.deepStrictEqual(yield* counts, [1, 1, 1, 1, 1, 1, 1])
      })
    )
    test(
      "a finished request goes with its timeline, its log and its job",
      Effect.gen(function* () {
        yield* specWithoutRecord
        yield* life(1, 1000)
        yield* life(2, 1000)
        yield* amend("1", { status: "failed" })
        yield* removeAll("requests", 5000)
        assert.deepStrictEqual(yield* counts, [2, 1, 1, 1, 1, 2, 2])
        assert.strictEqual((yield* requestOf("2")).status, "queued")
      })
    )
    test(
      "an unfinished request is never forgotten, nor one that finished lately, nor their jobs",
      Effect.gen(function* () {
        yield* saveSpec()
        const states = ["queued", "creating", "running", "stopping"]
        for (const [index, status] of states.entries()) {
          yield* life(index + 1, 1000)
          yield* amend(String(index + 1), { status })
        }
        yield* life(9, 1000)
        yield* amend("9", { status: "completed", updatedAt: 5000 })
        yield* removeAll("requests", 5000)
        assert.deepStrictEqual((yield* counts)[3], 5)
        yield* amend("9", { status: "queued" })
        yield* removeAll("requests", 5000)
        assert.deepStrictEqual(
          (yield* counts).slice(3, 5),
          [5, 4],
          "the job of a request that is finished is old by itself"
        )
      })
    )
    test(
      "a batch is bounded: what is old beyond it is left to the next",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
          INSERT INTO request_events (request_id, at, code, message) SELECT 'r', ${instant(1000)}, 'note', 'A note.' FROM n`
        const store = yield* RetentionStore
        const batches = [
          yield* store.removeSome("events", 2000),
          yield* store.removeSome("events", 2000),
          yield* store.removeSome("events", 2000),
          yield* store.removeSome("events", 2000)
        ]
        assert.deepStrictEqual(batches, [500, 500, 200, 0])
      })
    )
  })

  describe(`registrations on ${name}`, () => {
    test(
      "each target where a request that had a runner has changed is named once",
      Effect.gen(function* () {
        const store = yield* RegistrationStore
        yield* saveSpec()
        yield* saveSpec({ name: "big", labels: ["big"], runnerGroup: "machines" })
        yield* TestClock.setTime(1000)
        const repositories = ["acme/web", "acme/web", "acme/api", "mona/site"]
        for (const [index, repository] of repositories.entries()) {
          yield* deliver({ jobId: index + 1, repository, labels: ["self-hosted"] })
        }
        for (const [index, repository] of ["acme/web", "acme/api"].entries()) {
          yield* deliver({ jobId: index + 11, repository, labels: ["big"] })
        }
        const none = yield* store.targetsSince(0)
        assert.deepStrictEqual(none, [], "no request has had a runner yet")
        yield* claim()
        yield* amend("4", { updatedAt: 500 })
        const targets = (yield* store.targetsSince(1000)).map(keyOf)
        assert.strictEqual(targets.length, 3)
        assert.includeMembers(targets, ["Repository acme/web", "Repository acme/api"])
        assert.match(
          targets.find((target) => target.startsWith("Organization"))!,
          /^Organization acme\//
        )
      })
    )
    test(
      "a target is named for a request that was tried again long after it was queued",
      Effect.gen(function* () {
        const store = yield* RegistrationStore
        yield* saveSpec()
        yield* TestClock.setTime(1000)
        yield* deliver({ jobId: 1, repository: "acme/web", labels: ["self-hosted"] })
        const monthLater = 30 * 24 * 3600 * 1000
        yield* TestClock.setTime(monthLater)
        yield* claim()
        assert.deepStrictEqual((yield* store.targetsSince(monthLater)).map(keyOf), ["Repository acme/web"])
      })
    )
    test(
      "a runner is wanted while an unfinished request goes by its name",
      Effect.gen(function* () {
        const store = yield* RegistrationStore
        yield* saveSpec()
        for (const jobId of [1, 2]) yield* deliver({ jobId, labels: ["self-hosted"] })
        const claims = yield* claim()
        const names = claims.map(({ request }) => request.runnerName!)
        const wanted = yield* store.wanted([...names, "e2b-tag234-9-1"])
        assert.sameMembers([...wanted], names)
        yield* amend("1", { status: "completed" })
        assert.strictEqual((yield* store.wanted(names)).size, 1)
        assert.strictEqual((yield* store.wanted([])).size, 0)
      })
    )
  })
}
