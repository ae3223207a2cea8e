// What every database must do with deliveries.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { traceIdOf } from "../../src/domain/TraceContext.ts"
import * as fc from "fast-check"
import * as PubSub from "effect/PubSub"
import { JobStatus, type JobFacts } from "../../src/domain/WorkflowJob.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { claim, deliver, deliveryOf, forAll, requestOf, rowsOf, saveSpec } from "./StoreScenes.ts"

const jobRow = (jobId: number) => JobStore.use((jobs) => Effect.map(jobs.named([jobId]), (rows) => rows[0]))
const allRequests = RequestSearch.use((store) => store.search({ page: { limit: 500, offset: 0 } }))

// What two payloads about one job can differ in; normalised facts are what the payload's decoder gives.
const statements: fc.Arbitrary<Partial<JobFacts>> = fc
  .record({ status: fc.constantFrom(...JobStatus.literals), observedAt: fc.constantFrom(500, 600, 700) })
  .map(({ observedAt, status }) => ({
    status,
    observedAt,
    ...(status === "in_progress" || status === "completed" ? { runnerName: "hosted-1", startedAt: observedAt } : {}),
    ...(status === "completed" ? { conclusion: "success", completedAt: observedAt } : {})
  }))

let lastJobId = 1000

export const intakeContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`intake on ${name}`, () => {
    test(
      "a queued job that a spec serves gets a queued request, its pool and one line in its timeline",
      Effect.gen(function* () {
        yield* saveSpec()
        const outcome = yield* deliver({})
        assert.strictEqual(outcome._tag, "Created")
        const request = yield* requestOf("101")
        assert.deepInclude(request, {
          status: "queued",
          jobId: 101,
          specName: "small",
          labels: ["self-hosted", "e2b"],
          owner: null,
          fence: 0,
          sandboxMayExist: false
        })
        assert.isNotNull(request.pool)
        assert.strictEqual((yield* jobRow(101))?.pool, request.pool)
        const timeline = yield* TimelineStore.use((store) => store.of("101"))
        assert.deepStrictEqual(
          timeline.map((entry) => entry.code),
          ["queued"]
        )
        assert.match(request.traceContext ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        assert.include(timeline[0]?.message, `Its trace is ${traceIdOf(request.traceContext)}.`)
      })
    )
    test(
      "queued again is the same request, and later news is recorded with a new facts version",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        assert.strictEqual((yield* deliver())._tag, "Existing")
        const before = yield* requestOf("101")
        assert.strictEqual((yield* deliver({ status: "in_progress", runnerName: "other" }))._tag, "Recorded")
        assert.strictEqual((yield* requestOf("101")).factsVersion, before.factsVersion + 1)
        assert.strictEqual((yield* allRequests).total, 1)
      })
    )
    test(
      "a refused job gets a row that is born failed, with the reason, and nobody can ever claim it (E-13)",
      Effect.gen(function* () {
        const outcome = yield* deliver({ labels: ["self-hosted", "gpu"] })
        assert.strictEqual(outcome._tag, "Refused")
        const request = yield* requestOf("101")
        assert.deepInclude(request, { status: "failed", failureStage: "admission", specName: null, pool: null })
        assert.isNotNull(request.error)
        yield* deliver({ labels: ["self-hosted", "gpu"] })
        yield* deliver({ labels: ["self-hosted", "gpu"], status: "completed" })
        assert.deepStrictEqual(yield* claim(), [])
        assert.deepStrictEqual(yield* requestOf("101"), request)
      })
    )
    test(
      "a spec that comes later does not revive a refused row: queued again is answered with what it is (E-16)",
      Effect.gen(function* () {
        yield* deliver()
        yield* saveSpec()
        const again = yield* deliver()
        assert.strictEqual(again._tag, "Existing")
        assert.strictEqual((yield* requestOf("101")).status, "failed")
      })
    )
    test(
      "a hosted job is kept as facts only, and so is one that waits for approval until it is queued (E-15)",
      Effect.gen(function* () {
        yield* saveSpec()
        assert.strictEqual((yield* deliver({ labels: ["ubuntu-latest"] }))._tag, "Ignored")
        assert.strictEqual((yield* deliver({ jobId: 102, status: "waiting" }))._tag, "Ignored")
        assert.strictEqual((yield* jobRow(101))?.status, "queued")
        assert.strictEqual((yield* jobRow(102))?.status, "waiting")
        assert.strictEqual((yield* allRequests).total, 0)
        assert.strictEqual((yield* deliver({ jobId: 102, observedAt: 600 }))._tag, "Created")
      })
    )
    test(
      "a job whose later event came first never gets a request: queued does not take it back",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ status: "completed", conclusion: "cancelled", observedAt: 900 })
        assert.strictEqual((yield* deliver())._tag, "Ignored")
        assert.strictEqual((yield* jobRow(101))?.status, "completed")
        assert.strictEqual((yield* allRequests).total, 0)
      })
    )
    test(
      "a re-run: one job queued and five completed in one batch make one request, and end nothing that is new",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 106, runAttempt: 1 })
        const old = [101, 102, 103, 104, 105]
        yield* Effect.all(
          [
            deliver({ jobId: 206, runAttempt: 2 }),
            ...old.map((jobId) => deliver({ jobId: jobId + 100, status: "completed", conclusion: "success" }))
          ],
          { concurrency: "unbounded" }
        )
        const { requests } = yield* allRequests
        assert.sameMembers(
          requests.map(({ id, status }) => `${id} ${status}`),
          ["106 queued", "206 queued"]
        )
        assert.strictEqual((yield* requestOf("106")).factsVersion, 0)
      })
    )
    test(
      "a `completed` that is sent again for a job of old changes neither its request nor any other (E-02, E-124)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const [claimed] = yield* claim()
        const over: Partial<JobFacts> = {
          status: "completed",
          conclusion: "success",
          runnerName: claimed!.request.runnerName,
          observedAt: 900,
          completedAt: 900
        }
        yield* deliver(over)
        yield* RequestStore.use((store) =>
          store.judge(claimed!.request, () => [
            { _tag: "StopWanted", message: "Done." },
            { _tag: "SandboxRemoved" },
            { _tag: "CleanedUp" }
          ])
        )
        yield* deliver({ jobId: 102 })
        const before = (yield* allRequests).requests
        for (let times = 0; times < 3; times += 1) yield* deliver(over)
        assert.deepStrictEqual((yield* allRequests).requests, before)
      })
    )
    test(
      "an event is about the request whose runner it names, known by looking the name up (E-05, E-14)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* deliver({ jobId: 102 })
        const [first] = yield* claim({ roomInAll: 1 })
        const runnerName = first!.request.runnerName
        const outcome = yield* deliver({ jobId: 102, status: "in_progress", runnerName })
        assert.strictEqual(outcome._tag === "Recorded" ? outcome.request.id : outcome._tag, "101")
        assert.strictEqual((yield* requestOf("101")).factsVersion, 1)
        assert.strictEqual((yield* requestOf("102")).factsVersion, 1)
        const foreign = yield* deliver({ jobId: 103, status: "in_progress", runnerName: "e2b-other-101-1" })
        assert.strictEqual(foreign._tag, "Ignored")
      })
    )
    test(
      "news about a finished request changes nothing of it (E-125)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const [claimed] = yield* claim()
        const ended = yield* RequestStore.use((store) =>
          store.record(claimed!.request, [{ _tag: "NotNeeded", message: "Over." }])
        )
        yield* deliver({ status: "completed" })
        assert.deepStrictEqual(yield* requestOf("101"), ended)
      })
    )
    test(
      "any order and repetition of a job's deliveries gives the same facts, whether they share a batch or not",
      forAll(
        fc.array(statements, { minLength: 1, maxLength: 5 }).chain((said) =>
          fc.record({
            said: fc.constant(said),
            shuffled: fc
              .shuffledSubarray([...said.keys(), ...said.keys()], { minLength: said.length * 2 })
              .map((order) => order.map((index) => said[index]!))
          })
        ),
        60,
        ({ said, shuffled }) =>
          Effect.gen(function* () {
            const jobId = (lastJobId += 2)
            yield* Effect.forEach(said, (job) => deliver({ jobId, ...job }))
            yield* Effect.forEach(shuffled, (job) => deliver({ jobId: jobId + 1, ...job }), {
              concurrency: "unbounded"
            })
            const strip = (row: JobFacts | undefined) => ({ ...row, jobId: 0 })
            assert.deepStrictEqual(strip(yield* jobRow(jobId + 1)), strip(yield* jobRow(jobId)))
          })
      )
    )
    test(
      "two deliveries of one job in one batch make one request",
      Effect.gen(function* () {
        yield* saveSpec()
        const outcomes = yield* Effect.all([deliver(), deliver(), deliver({ status: "in_progress" })], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          outcomes.map((outcome) => outcome._tag),
          ["Created", "Existing", "Recorded"]
        )
        assert.strictEqual((yield* allRequests).total, 1)
        assert.strictEqual((yield* jobRow(101))?.status, "in_progress")
      })
    )
    test(
      "news about a job that comes in the batch that makes its request is news to that request",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* Effect.all([deliver(), deliver({ status: "completed", conclusion: "cancelled" })], {
          concurrency: "unbounded"
        })
        const request = yield* requestOf("101")
        assert.isAbove(request.factsVersion, request.handledVersion)
      })
    )
    test(
      "one poisoned delivery fails alone: its batch neighbours are stored and answered",
      Effect.gen(function* () {
        yield* saveSpec()
        const poisoned = deliveryOf({ jobId: 102 }, { event: null as never })
        const results = yield* Effect.all(
          [deliver(), IntakeStore.use((intake) => intake.take(poisoned)), deliver({ jobId: 103 })].map((effect) =>
            Effect.result(effect)
          ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          results.map((result) => (result._tag === "Success" ? result.success._tag : result.failure._tag)),
          ["Created", "StoreError", "Created"]
        )
        assert.strictEqual((yield* allRequests).total, 2)
        assert.strictEqual(yield* jobRow(102), undefined)
      })
    )
    test(
      "every signed delivery leaves a row; a redelivery is counted, in the same batch or later",
      Effect.gen(function* () {
        yield* saveSpec()
        const once = deliver({}, { guid: "guid-1" })
        yield* Effect.all([once, once], { concurrency: "unbounded" })
        yield* once
        yield* IntakeStore.use((intake) =>
          intake.take({ ...deliveryOf(), guid: "guid-2", event: "ping", action: null, body: null, facts: null })
        )
        yield* deliver({ status: "in_progress" }, { path: "reconcile" })
        const rows = yield* rowsOf("webhook_deliveries")
        assert.deepStrictEqual(
          rows.map((row) => [row["guid"], row["timesReceived"]]),
          [
            ["guid-1", 3],
            ["guid-2", 1]
          ]
        )
      })
    )
    test(
      "remembers the path by which a job was learnt first",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({}, { path: "reconcile" })
        yield* deliver({ status: "in_progress" })
        assert.strictEqual((yield* jobRow(101))?.path, "reconcile")
      })
    )
    test(
      "a job counts as announced once a webhook has told that it waits, whichever path was first",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({}, { path: "reconcile" })
        assert.deepInclude(yield* jobRow(101), { path: "reconcile", announcedAt: null })
        yield* deliver({ status: "in_progress" })
        assert.isNull((yield* jobRow(101))?.announcedAt)
        yield* deliver()
        assert.deepInclude(yield* jobRow(101), { path: "reconcile", status: "in_progress" })
        assert.isNotNull((yield* jobRow(101))?.announcedAt)
        yield* deliver({ jobId: 102 })
        assert.isNotNull((yield* jobRow(102))?.announcedAt)
      })
    )
    test(
      "another installation's delivery is noted, and changes nothing else",
      Effect.gen(function* () {
        yield* saveSpec()
        const outcome = yield* deliver({}, { guid: "guid-1", facts: null, foreign: true })
        assert.strictEqual(outcome._tag, "Foreign")
        assert.deepInclude((yield* rowsOf("webhook_deliveries"))[0], { guid: "guid-1", outcome: "Foreign" })
        assert.strictEqual((yield* allRequests).total, 0)
      })
    )
    test(
      "tells of new requests and of news after the commit, and of nothing else",
      Effect.gen(function* () {
        yield* saveSpec()
        const news = yield* (yield* Wakeup).subscribe
        yield* deliver({ labels: ["ubuntu-latest"], jobId: 99 })
        yield* deliver()
        assert.deepStrictEqual(yield* PubSub.take(news), { requestIds: [], newRequests: true })
        yield* deliver({ status: "in_progress" })
        assert.deepStrictEqual(yield* PubSub.take(news), { requestIds: ["101"], newRequests: false })
      }).pipe(Effect.scoped)
    )
  })
}
