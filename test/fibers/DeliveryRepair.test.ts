import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { beginning, lookAtLog } from "../../src/fibers/DeliveryRepair.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { deliver, requestOf, rowsOf, saveSpec } from "../support/StoreScenes.ts"
import { until } from "../support/WorldWaiting.ts"
import { callsOf, rescued, routes, startRun, story } from "./RepairFixture.ts"
import type { GitHubSimulator } from "../../src/simulator/github/GitHubSimulator.ts"

/** No server answers there, so GitHub notes every delivery as failed. */
const nobodyListens = (github: GitHubSimulator) => github.setWebhook({ url: "http://127.0.0.1:1/webhooks/github" })

const allTried = (github: GitHubSimulator) =>
  Effect.promise(() => until("GitHub has tried all deliveries", 60_000, () => github.state().pendingDeliveries === 0))
const deliveries = rowsOf("webhook_deliveries")
/** The log has been read up to now. */
const readBefore = Effect.gen(function* () {
  const progress = yield* Ref.make(beginning)
  yield* lookAtLog(progress)
  return progress
})

story("deliveries that failed are taken in once, by their GUID, and the jobs get requests", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    const run = startRun(github, 3)
    yield* allTried(github)
    yield* lookAtLog(progress)
    for (const id of run.jobIds) assert.strictEqual((yield* requestOf(String(id))).status, "queued")
    assert.deepStrictEqual(new Map(yield* rescued), new Map([["redelivery", 3]]))
    const taken = yield* deliveries
    assert.strictEqual(taken.length, 4, "three of jobs and one of the run")
    const asked = callsOf(github, routes.delivery)
    yield* lookAtLog(progress)
    assert.deepStrictEqual(yield* deliveries, taken)
    assert.strictEqual(callsOf(github, routes.delivery), asked)
  })
)

story("a delivery that was taken in although GitHub saw no answer is not fetched", (github) =>
  Effect.gen(function* () {
    const progress = yield* readBefore
    nobodyListens(github)
    startRun(github, 1)
    yield* allTried(github)
    for (const { guid } of github.state().deliveries) yield* deliver({}, { guid, facts: null })
    yield* lookAtLog(progress)
    assert.strictEqual(callsOf(github, routes.delivery), 0)
  })
)

story("a queued event that is old news makes no request: GitHub's present word is asked first", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    const run = startRun(github, 1)
    yield* allTried(github)
    github.setWebhook(null)
    github.machine.runs.cancel(github.machine.runs.jobs.get(run.jobIds[0]!)!)
    yield* lookAtLog(progress)
    assert.deepStrictEqual(yield* rowsOf("runner_requests"), [])
    assert.deepInclude((yield* rowsOf("workflow_jobs", "jobId"))[0], { status: "completed", path: "redelivery" })
  })
)

story("a job that GitHub does not know is believed gone at the second look only", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    startRun(github, 1)
    yield* allTried(github)
    const gone = { operation: "actions/get-job-for-workflow-run", answer: { status: 404 }, times: 1 } as const
    github.faults.add(gone)
    yield* lookAtLog(progress)
    assert.strictEqual((yield* deliveries).length, 1, "that of the run")
    github.faults.add(gone)
    yield* lookAtLog(progress)
    assert.strictEqual((yield* deliveries).length, 2)
    assert.deepStrictEqual(yield* rowsOf("runner_requests"), [])
  })
)

story("what could not be fetched is fetched by the next look, although newer deliveries have come", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    const first = startRun(github, 1)
    yield* allTried(github)
    github.faults.add({ operation: "apps/get-webhook-delivery", answer: { status: 502 }, times: 2 })
    yield* lookAtLog(progress)
    assert.deepStrictEqual(yield* rowsOf("runner_requests"), [], "neither that of the run nor that of the job")
    const second = startRun(github, 1)
    yield* allTried(github)
    yield* lookAtLog(progress)
    for (const id of [...first.jobIds, ...second.jobIds]) {
      assert.strictEqual((yield* requestOf(String(id))).status, "queued")
    }
  })
)

const jobOperation = "actions/get-job-for-workflow-run"
const askedForJobs = (github: GitHubSimulator) => callsOf(github, routes.job)
const idsOf = Effect.map(rowsOf("runner_requests"), (rows) => rows.map(({ id }) => id))
const twoAccounts = (github: GitHubSimulator) =>
  ["acme/web", "other/site"].map((repository) => String(startRun(github, 1, repository).jobIds[0])).sort()

story(
  "a limit of one account holds up its own deliveries alone, until it is over, and a restart finds them again",
  (github) =>
    Effect.gen(function* () {
      yield* saveSpec()
      const progress = yield* readBefore
      nobodyListens(github)
      const ids = twoAccounts(github)
      yield* allTried(github)
      const answer = { status: 403, headers: { "retry-after": "3600" } }
      github.faults.add({ operation: jobOperation, answer, times: 1 })
      yield* lookAtLog(progress)
      // Both are asked about at once, so it may be either account's.
      assert.lengthOf(yield* idsOf, 1)
      const asked = askedForJobs(github)
      yield* lookAtLog(progress)
      assert.strictEqual(askedForJobs(github), asked)
      yield* lookAtLog(yield* Ref.make(beginning))
      assert.sameMembers(yield* idsOf, ids)
      yield* Ref.update(progress, (before) => ({ ...before, paused: new Map() }))
      yield* lookAtLog(progress)
      assert.strictEqual((yield* Ref.get(progress)).left.size, 0)
      assert.strictEqual(askedForJobs(github), asked + 1, "what was taken in meanwhile is not asked about")
    })
)

story("what one account forbids does not hold up the others", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    twoAccounts(github)
    yield* allTried(github)
    github.faults.add({ operation: jobOperation, answer: { status: 403 }, times: 1 })
    yield* lookAtLog(progress)
    assert.lengthOf(yield* idsOf, 1)
    assert.strictEqual((yield* Ref.get(progress)).left.size, 0)
  })
)

story("a limit of GitHub's is waited for", (github) =>
  Effect.gen(function* () {
    const progress = yield* readBefore
    github.faults.add({
      operation: "apps/list-webhook-deliveries",
      answer: { status: 429, headers: { "retry-after": "3600" } },
      times: 1
    })
    assert.strictEqual((yield* Effect.result(lookAtLog(progress)))._tag, "Failure")
    yield* lookAtLog(progress)
    assert.strictEqual(callsOf(github, routes.deliveries), 1)
  })
)

story("a long log is read on, a few pages at a time, to where it was read last", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const progress = yield* readBefore
    nobodyListens(github)
    const run = startRun(github, 320)
    yield* allTried(github)
    const calls = callsOf(github, routes.deliveries)
    yield* lookAtLog(progress)
    assert.strictEqual(callsOf(github, routes.deliveries), calls + 3, "deliveryPages of the fixture")
    assert.isBelow((yield* rescued).get("redelivery") ?? 0, run.jobIds.length)
    yield* lookAtLog(progress)
    assert.strictEqual((yield* rescued).get("redelivery"), run.jobIds.length)
  })
)

story(
  "deliveries of other installations than the configured one are left alone",
  (github) =>
    Effect.gen(function* () {
      yield* saveSpec()
      const progress = yield* readBefore
      nobodyListens(github)
      startRun(github, 1, "other/site")
      yield* allTried(github)
      yield* lookAtLog(progress)
      assert.strictEqual(callsOf(github, routes.delivery), 0)
      assert.deepStrictEqual(yield* deliveries, [])
    }),
  { ownInstallation: true }
)

story("at the very first look the log is not read: what was sent before was not for runnerd", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    yield* readBefore
    assert.strictEqual(callsOf(github, routes.deliveries), 0)
    assert.strictEqual((yield* RepairStore.use((store) => store.mark("deliveries")))._tag, "Some")
  })
)
