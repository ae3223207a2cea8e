// What every database must do for intake repair.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { StoreClock } from "../../src/services/store/StoreClock.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { claim, deliver, saveSpec } from "./StoreScenes.ts"

const second = 1000
const lease = 60 * second

/** A workflow_run delivery; its jobs are to be listed after that long. */
const announceRun = (runId: number, delayMillis = 0) =>
  deliver({}, { event: "workflow_run", action: "requested", facts: null, run: { runId, delayMillis } })

const takeRuns = (limit = 10) => RepairStore.use((store) => store.takeRuns(limit, lease))

export const repairContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))
  const idsOfRuns = (checks: ReadonlyArray<{ readonly runId: number }>) => checks.map((check) => check.runId)

  describe(`intake repair on ${name}`, () => {
    test(
      "a run is due after its delay, once however often it is told of, and is taken by one of those who race",
      Effect.gen(function* () {
        const outcomes = yield* Effect.all([announceRun(5, 10 * second), announceRun(5, 10 * second)], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          outcomes.map((outcome) => outcome._tag),
          ["RunToCheck", "RunToCheck"]
        )
        assert.deepStrictEqual(yield* takeRuns(), [])
        yield* TestClock.adjust(10 * second)
        const taken = yield* Effect.all([takeRuns(), takeRuns(), takeRuns()], { concurrency: "unbounded" })
        assert.deepStrictEqual(idsOfRuns(taken.flat()), [5])
        assert.deepInclude(taken.flat()[0], { repository: "acme/web", attempt: 0 })
      })
    )
    test(
      "a run that was taken comes back when its taker is silent, and not once it is finished",
      Effect.gen(function* () {
        const store = yield* RepairStore
        yield* announceRun(5)
        yield* takeRuns()
        yield* TestClock.adjust(lease)
        const [again] = yield* takeRuns()
        yield* store.finishRun(again!)
        yield* TestClock.adjust(lease)
        assert.deepStrictEqual(yield* takeRuns(), [])
      })
    )
    test(
      "a run that is put off counts its attempts; told of meanwhile, it is looked at again",
      Effect.gen(function* () {
        const store = yield* RepairStore
        const now = yield* (yield* StoreClock).now
        yield* announceRun(5)
        const [first] = yield* takeRuns()
        yield* store.putOffRun(first!, now + 30 * second)
        assert.deepStrictEqual(yield* takeRuns(), [])
        yield* TestClock.adjust(30 * second)
        const [second_] = yield* takeRuns()
        assert.strictEqual(second_!.attempt, 1)
        yield* announceRun(5)
        yield* store.finishRun(second_!)
        const [third] = yield* takeRuns()
        assert.deepInclude(third, { runId: 5, attempt: 0 })
      })
    )
    test(
      "knows which deliveries were never taken in, whether they came or were fetched",
      Effect.gen(function* () {
        const store = yield* RepairStore
        yield* saveSpec()
        yield* deliver({}, { guid: "came" })
        yield* deliver({ jobId: 102 }, { guid: "fetched", path: "redelivery" })
        yield* deliver({ jobId: 103 }, { guid: "foreign", facts: null, foreign: true })
        const unknown = yield* store.unknownDeliveries(["came", "fetched", "foreign", "lost"])
        assert.deepStrictEqual([...unknown], ["lost"])
        assert.strictEqual((yield* store.unknownDeliveries([])).size, 0)
      })
    )
    test(
      "a mark is where it was set last",
      Effect.gen(function* () {
        const store = yield* RepairStore
        assert.isTrue(Option.isNone(yield* store.mark("deliveries")))
        yield* store.setMark("deliveries", 1_767_225_600_123)
        yield* store.setMark("deliveries", 1_767_225_601_456)
        assert.deepStrictEqual(yield* store.mark("deliveries"), Option.some(1_767_225_601_456))
      })
    )
    test(
      "repositories come by their newest job",
      Effect.gen(function* () {
        yield* deliver({ jobId: 101, repository: "acme/old" })
        yield* deliver({ jobId: 103, repository: "acme/new" })
        yield* deliver({ jobId: 102, repository: "acme/old" })
        const repositories = yield* (yield* RepairStore).activeRepositories
        assert.deepStrictEqual(repositories, ["acme/new", "acme/old"])
      })
    )
    test(
      "open are the jobs that wait in a pool and those of unfinished requests, each once, and none that is over",
      Effect.gen(function* () {
        const store = yield* RepairStore
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 102 })
        yield* deliver({ jobId: 103, labels: ["ubuntu-latest"] })
        yield* deliver({ jobId: 104 })
        const claims = yield* claim()
        const last = claims.find(({ request }) => request.id === "104")!
        yield* RequestStore.use((requests) => requests.record(last.request, [{ _tag: "NotNeeded", message: "Over." }]))
        yield* deliver({ jobId: 102, status: "in_progress", runnerName: "elsewhere" })
        yield* deliver({ jobId: 104, status: "completed", conclusion: "success" })
        const open = yield* store.openJobs
        assert.sameMembers(
          open.map((job) => job.jobId),
          [101, 102]
        )
      })
    )
    test(
      "counts by path the jobs that webhooks alone would have lost; one that is announced later was not lost",
      Effect.gen(function* () {
        const store = yield* RepairStore
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 102 }, { path: "reconcile" })
        yield* deliver({ jobId: 103 }, { path: "reconcile" })
        yield* deliver({ jobId: 104 }, { path: "redelivery", guid: "guid-4" })
        yield* deliver({ jobId: 105, labels: ["ubuntu-latest"] }, { path: "reconcile" })
        assert.deepStrictEqual(
          new Map(yield* store.rescued),
          new Map([
            ["reconcile", 2],
            ["redelivery", 1]
          ])
        )
        yield* deliver({ jobId: 102 })
        assert.strictEqual((yield* store.rescued).get("reconcile"), 1)
      })
    )
    test(
      "silence begins with the first job or delivery after the last webhook that another path brought",
      Effect.gen(function* () {
        const store = yield* RepairStore
        yield* saveSpec()
        assert.deepStrictEqual(yield* store.heard, { heardAt: null, unheardSince: null })
        const start = yield* (yield* StoreClock).now
        yield* TestClock.adjust(second)
        yield* deliver({ jobId: 101 }, { guid: "guid-1" })
        const heardAt = start + second
        yield* deliver({ jobId: 101, status: "in_progress" }, { path: "reconcile" })
        assert.deepStrictEqual(yield* store.heard, { heardAt, unheardSince: null })
        yield* TestClock.adjust(second)
        yield* deliver({ jobId: 102 }, { path: "reconcile" })
        yield* TestClock.adjust(second)
        yield* deliver({ jobId: 103 }, { path: "redelivery", guid: "guid-2" })
        yield* deliver({ jobId: 104 }, { guid: "guid-3", facts: null, foreign: true })
        assert.deepStrictEqual(yield* store.heard, { heardAt, unheardSince: heardAt + second })
        yield* deliver({ jobId: 105 }, { guid: "guid-4" })
        assert.deepStrictEqual(yield* store.heard, { heardAt: heardAt + 2 * second, unheardSince: null })
      })
    )
  })
}
