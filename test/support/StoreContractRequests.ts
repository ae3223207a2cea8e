// What every database must do with the requests themselves: guarded writes, judging, reading.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { claim, deliver, requestOf, saveSpec } from "./StoreScenes.ts"

const created: RequestFact = { _tag: "SandboxCreated", sandboxId: "sbx-1", endsAt: 3_600_000 }
const started: RequestFact = { _tag: "RunnerStarted", pid: 7 }
const noted: RequestFact = { _tag: "Noted", code: "note", message: "Something." }
const stop: RequestFact = { _tag: "StopWanted", message: "Done." }

const codesOf = (id: string) =>
  TimelineStore.use((store) => Effect.map(store.of(id), (entries) => entries.map((entry) => entry.code)))
const record = (...args: Parameters<RequestStore["Service"]["record"]>) =>
  RequestStore.use((store) => store.record(...args))

/** Job 101 waits, and node-1 has claimed its request. */
const claimedRequest = Effect.gen(function* () {
  yield* saveSpec()
  yield* deliver()
  const [claimed] = yield* claim()
  return claimed!.request
})

/** node-2 takes the request over because node-1 is dead. */
const takenOver = Effect.gen(function* () {
  const stale = yield* claimedRequest
  const [taken] = yield* claim({ owner: "node-2" })
  return { stale, fresh: taken!.request }
})

export const requestStoreContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`requests on ${name}`, () => {
    test(
      "facts are applied in order, in one write, with their timeline, at the store's time (E-12)",
      Effect.gen(function* () {
        yield* TestClock.setTime(5000)
        const request = yield* claimedRequest
        yield* TestClock.setTime(6000)
        const next = yield* record(request, [created, noted, started])
        assert.deepInclude(next, { status: "running", sandboxId: "sbx-1", pid: 7, runningAt: 6000, updatedAt: 6000 })
        assert.deepStrictEqual(yield* requestOf("101"), next)
        assert.deepStrictEqual(yield* codesOf("101"), [
          "queued",
          "claimed",
          "sandbox_created",
          "note",
          "runner_started"
        ])
        const entries = yield* TimelineStore.use((store) => store.of("101"))
        assert.strictEqual(entries.at(-1)?.at, 6000)
      })
    )
    test(
      "a fact that the status does not allow changes nothing and is not told",
      Effect.gen(function* () {
        const request = yield* claimedRequest
        const next = yield* record(request, [{ _tag: "CleanedUp" }])
        assert.deepStrictEqual(next, request)
        assert.deepStrictEqual(yield* codesOf("101"), ["queued", "claimed"])
      })
    )
    for (const facts of [[created], [noted], [created, noted], [stop], []]) {
      const told = facts.map((fact) => fact._tag).join(" and ") || "nothing"
      test(
        `another owner's request: LeaseLost, and neither the row nor the timeline is written (${told}, E-34)`,
        Effect.gen(function* () {
          const { fresh, stale } = yield* takenOver
          const before = yield* codesOf("101")
          const error = yield* Effect.flip(record(stale, facts))
          assert.strictEqual(error._tag, "LeaseLost")
          const judged = yield* Effect.flip(RequestStore.use((store) => store.judge(stale, () => facts)))
          assert.strictEqual(judged._tag, "LeaseLost")
          assert.deepStrictEqual(yield* requestOf("101"), fresh)
          assert.deepStrictEqual(yield* codesOf("101"), before)
        })
      )
    }
    test(
      "the fence guards too: the same owner's older claim is refused",
      Effect.gen(function* () {
        const older = yield* claimedRequest
        yield* ClaimStore.use((claims) => claims.release("node-1"))
        const [newer] = yield* claim()
        assert.strictEqual((yield* Effect.flip(record(older, [created])))._tag, "LeaseLost")
        assert.strictEqual((yield* record(newer!.request, [created])).sandboxId, "sbx-1")
      })
    )
    test(
      "a request that was given up cannot be written any more",
      Effect.gen(function* () {
        const stopping = yield* record(yield* claimedRequest, [stop])
        const given = yield* record(stopping, [
          { _tag: "CleanupFailed", stage: "sandbox_stop", message: "No.", dueAt: 9 }
        ])
        assert.strictEqual((yield* Effect.flip(record(given, [{ _tag: "CleanedUp" }])))._tag, "LeaseLost")
      })
    )
    test(
      "a lost lease in a batch is its own owner's failure only",
      Effect.gen(function* () {
        const { stale } = yield* takenOver
        yield* deliver({ jobId: 102 })
        const [other] = yield* claim({ owner: "node-2" })
        const [lost, written] = yield* Effect.all(
          [Effect.result(record(stale, [created])), record(other!.request, [created])],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(lost._tag, "Failure")
        assert.strictEqual(written.id, "102")
        assert.strictEqual(written.sandboxId, "sbx-1")
      })
    )
    test(
      "news that arrives after the claim stays news until the owner judges: a plain write handles none",
      Effect.gen(function* () {
        const request = yield* claimedRequest
        yield* deliver({ status: "in_progress" })
        yield* deliver({ status: "completed" })
        yield* record(request, [noted])
        assert.deepInclude(yield* requestOf("101"), { factsVersion: 2, handledVersion: 0 })
        yield* RequestStore.use((store) => store.judge(request, () => []))
        assert.deepInclude(yield* requestOf("101"), { factsVersion: 2, handledVersion: 2 })
      })
    )
    test(
      "a verdict is acted on in the transaction that reached it: of two surplus requests for one waiting job one stays",
      Effect.gen(function* () {
        yield* saveSpec()
        for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
        const claims = yield* claim()
        yield* deliver({ jobId: 101, status: "in_progress", runnerName: "hosted" })
        yield* deliver({ jobId: 102, status: "completed", conclusion: "cancelled" })
        const judged = yield* Effect.all(
          claims.map(({ request }) =>
            RequestStore.use((store) =>
              store.judge(request, (verdict) =>
                verdict._tag === "Surplus" ? [{ _tag: "NotNeeded", message: verdict.message }] : []
              )
            )
          ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          judged.map(({ request }) => [request.id, request.status]),
          [
            ["101", "completed"],
            ["102", "completed"],
            ["103", "creating"]
          ]
        )
      })
    )
    test(
      "a request whose own job was taken stays for a job of its pool that has lost its runner",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 102 })
        const claims = yield* claim()
        const second = claims.find(({ request }) => request.id === "102")!.request
        yield* record(second, [{ _tag: "NotNeeded", message: "As if its runner had died." }])
        yield* deliver({ jobId: 101, status: "in_progress", runnerName: "hosted" })
        const first = claims.find(({ request }) => request.id === "101")!.request
        const { verdict } = yield* RequestStore.use((store) => store.judge(first, () => []))
        assert.strictEqual(verdict._tag, "Wanted")
      })
    )
    test(
      "the list is newest first, and stable when requests came at the same instant",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* TestClock.setTime(1000)
        yield* Effect.forEach([105, 103, 104], (jobId) => deliver({ jobId }))
        yield* TestClock.setTime(2000)
        yield* Effect.forEach([102, 101], (jobId) => deliver({ jobId }))
        const list = (limit: number, offset: number) =>
          RequestSearch.use((store) =>
            Effect.map(store.search({ page: { limit, offset } }), ({ requests, total }) => [
              requests.map((r) => r.id),
              total
            ])
          )
        assert.deepStrictEqual(yield* list(9, 0), [["101", "102", "103", "104", "105"], 5])
        assert.deepStrictEqual(yield* list(2, 1), [["102", "103"], 5])
        assert.deepStrictEqual(yield* list(2, 3), [["104", "105"], 5])
        assert.deepStrictEqual(yield* list(2, 9), [[], 5])
      })
    )
    test(
      "asked by name, unknown ids are left out",
      Effect.gen(function* () {
        yield* claimedRequest
        const named = yield* RequestStore.use((store) => store.named(["101", "nobody"]))
        assert.deepStrictEqual(
          named.map((request) => request.id),
          ["101"]
        )
        assert.deepStrictEqual(yield* RequestStore.use((store) => store.named([])), [])
      })
    )
    test(
      "a runner that takes another pool's job leaves its own job a new request, once",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 201, repository: "acme/api" })
        const claims = yield* claim()
        const mine = claims.find(({ request }) => request.id === "101")!.request
        const running = yield* record(mine, [created, started])
        yield* deliver({ jobId: 201, repository: "acme/api", status: "in_progress", runnerName: mine.runnerName })
        const assigned: RequestFact = { _tag: "JobAssigned", jobId: 201, jobName: "build" }
        const next = yield* record(running, [assigned])
        const replacement = yield* requestOf("101-2")
        assert.deepInclude(replacement, { status: "queued", jobId: 101, pool: mine.pool, owner: null, fence: 0 })
        yield* record(next, [assigned, noted])
        assert.strictEqual(
          (yield* RequestSearch.use((store) => store.search({ page: { limit: 9, offset: 0 } }))).total,
          3
        )
      })
    )
  })
}
