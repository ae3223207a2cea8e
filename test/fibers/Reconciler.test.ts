import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { beginning, type Progress, round } from "../../src/fibers/Reconciler.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { deliver, requestOf, rowsOf, saveSpec } from "../support/StoreScenes.ts"
import { callsOf, rescued, routes, startRun, story } from "./RepairFixture.ts"

const rounds = Effect.fnUntraced(function* (count: number) {
  const progress = yield* Ref.make(beginning)
  for (let each = 0; each < count; each += 1) yield* round(progress)
  return progress
})
const statusOf = (jobId: number) =>
  JobStore.use((jobs) => Effect.map(jobs.named([jobId]), (rows) => rows[0]?.status ?? "unknown"))

story("queued jobs that no event told of get requests, in every repository of the App's", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const ids = [...startRun(github, 2).jobIds, ...startRun(github, 1, "other/site").jobIds]
    yield* rounds(1)
    for (const id of ids) assert.strictEqual((yield* requestOf(String(id))).status, "queued")
    assert.deepStrictEqual(new Map(yield* rescued), new Map([["reconcile", 3]]))
  })
)

story(
  "only allowed repositories are asked for, patterns and names alike",
  (github) =>
    Effect.gen(function* () {
      yield* saveSpec()
      const allowed = startRun(github, 1, "acme/api")
      const other = startRun(github, 1, "other/site")
      yield* rounds(1)
      assert.strictEqual((yield* requestOf(String(allowed.jobIds[0]))).status, "queued")
      assert.strictEqual(yield* statusOf(other.jobIds[0]!), "unknown")
      assert.strictEqual(callsOf(github, routes.runs), 2 * 3)
    }),
  { allowedRepositories: ["ACME/*"] }
)

story("what has not changed is answered by 304 and writes nothing", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    startRun(github, 3)
    const progress = yield* rounds(1)
    const before = yield* rowsOf("workflow_jobs", "jobId")
    const [runs, jobs] = [callsOf(github, routes.runs), callsOf(github, routes.runJobs)]
    yield* round(progress)
    assert.strictEqual(callsOf(github, routes.runs, 304), runs)
    assert.strictEqual(callsOf(github, routes.runJobs, 304), jobs)
    assert.deepStrictEqual(yield* rowsOf("workflow_jobs", "jobId"), before)
  })
)

story(
  "a round asks for no more lists than it may, and those that follow get to the rest",
  (github) =>
    Effect.gen(function* () {
      yield* saveSpec()
      const repositories = ["acme/web", "acme/api", "acme/docs", "other/site"]
      const ids = repositories.flatMap((repository) => [1, 2, 3].flatMap(() => startRun(github, 1, repository).jobIds))
      const progress = yield* Ref.make(beginning)
      let asked = 0
      for (let each = 0; each < 12; each += 1) {
        yield* round(progress)
        const now = callsOf(github, routes.runs) + callsOf(github, routes.runJobs)
        assert.isAtMost(now - asked, 8)
        asked = now
      }
      for (const id of ids) assert.strictEqual((yield* requestOf(String(id))).status, "queued")
    }),
  { reconcileCalls: 8 }
)

story("the end of a job that nobody told of is news to its request", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const run = startRun(github, 1)
    const [id = 0] = run.jobIds
    yield* deliver({ jobId: id, runId: run.id })
    github.machine.runs.cancel(github.machine.runs.jobs.get(id)!)
    yield* rounds(1)
    assert.strictEqual(yield* statusOf(id), "completed")
    const request = yield* requestOf(String(id))
    assert.isAbove(request.factsVersion, request.handledVersion)
  })
)

story("a job that GitHub does not know is dropped at the second round, and only where its repository answers", () =>
  Effect.gen(function* () {
    yield* saveSpec()
    yield* deliver({ jobId: 5, runId: 6, repository: "acme/web" })
    yield* deliver({ jobId: 7, runId: 8, repository: "gone/away" })
    const progress = yield* rounds(1)
    assert.strictEqual(yield* statusOf(5), "queued")
    yield* round(progress)
    assert.strictEqual(yield* statusOf(5), "completed")
    yield* round(progress)
    assert.strictEqual(yield* statusOf(7), "queued")
  })
)

story(
  "a job that GitHub does not know is dropped as well where its repository's turn does not come in every round",
  () =>
    Effect.gen(function* () {
      yield* saveSpec()
      const jobs = { 5: "acme/web", 7: "acme/api", 9: "acme/docs" }
      for (const [id, repository] of Object.entries(jobs)) {
        yield* deliver({ jobId: Number(id), runId: Number(id) + 1, repository })
      }
      yield* rounds(8)
      for (const id of Object.keys(jobs)) assert.strictEqual(yield* statusOf(Number(id)), "completed", id)
    }),
  { reconcileCalls: 8 }
)

story("an account whose repositories GitHub does not tell does not hide those of the others", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const jobs = ["acme/web", "other/site"].map((repository) => startRun(github, 1, repository).jobIds[0]!)
    github.faults.add({ operation: "apps/list-repos-accessible-to-installation", answer: { status: 403 }, times: 1 })
    yield* rounds(1)
    assert.deepStrictEqual((yield* Effect.forEach(jobs, statusOf)).sort(), ["queued", "unknown"])
  })
)

story("a job of an earlier attempt is in no list, and is asked for by itself", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const run = startRun(github, 1)
    const [id = 0] = run.jobIds
    yield* deliver({ jobId: id, runId: run.id })
    github.machine.runs.cancel(github.machine.runs.jobs.get(id)!)
    github.machine.runs.rerun(github.machine.runs.runs.get(run.id)!, "all")
    yield* rounds(1)
    assert.strictEqual(yield* statusOf(id), "completed")
  })
)

const runsOperation = "actions/list-workflow-runs-for-repo"

story("one repository that fails does not hold up the others, and is asked again in the next round", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const [first, second] = [startRun(github, 1, "acme/web"), startRun(github, 1, "acme/api")]
    github.faults.add({ operation: runsOperation, answer: { status: 502 }, times: 1 })
    const progress = yield* rounds(1)
    const found = yield* Effect.forEach([...first.jobIds, ...second.jobIds], statusOf)
    assert.include(found, "queued")
    yield* round(progress)
    assert.deepStrictEqual(yield* Effect.forEach([...first.jobIds, ...second.jobIds], statusOf), ["queued", "queued"])
  })
)

/** As if this long had passed. */
const limitsAreOver = (progress: Ref.Ref<Progress>) =>
  Ref.update(progress, (before) => ({ ...before, paused: new Map() }))

story("a limit of one account holds up its own repositories alone, until it is over", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const repositories = ["acme/web", "acme/api", "acme/docs", "other/site"]
    const jobs = new Map(repositories.map((name) => [name, startRun(github, 1, name).jobIds[0]!]))
    const answer = { status: 403, headers: { "retry-after": "3600" } }
    github.faults.add({ operation: runsOperation, answer, times: 1 })
    const progress = yield* rounds(1)
    // All four are asked at once, so it may be either account's.
    const [limited, ...more] = (yield* Ref.get(progress)).paused.keys()
    assert.deepStrictEqual(more, [])
    const open = repositories.filter((name) => `github:${name.split("/")[0]}` !== limited)
    assert.isNotEmpty(open)
    assert.isBelow(open.length, repositories.length)
    for (const name of open) assert.strictEqual(yield* statusOf(jobs.get(name)!), "queued", name)
    const asked = callsOf(github, routes.runs)
    yield* round(progress)
    assert.strictEqual(callsOf(github, routes.runs), asked + 2 * open.length)
    yield* limitsAreOver(progress)
    yield* round(progress)
    for (const id of jobs.values()) assert.strictEqual(yield* statusOf(id), "queued")
  })
)

story(
  "the limit of the one account there is ends the round, and nothing is asked for until it is over",
  (github) =>
    Effect.gen(function* () {
      yield* saveSpec()
      const jobs = ["acme/web", "acme/api", "acme/docs"].flatMap((name) => startRun(github, 1, name).jobIds)
      const answer = { status: 403, headers: { "retry-after": "3600" } }
      github.faults.add({ operation: runsOperation, answer, times: 3 })
      const progress = yield* rounds(1)
      const asked = callsOf(github, routes.runs)
      yield* round(progress)
      assert.strictEqual(callsOf(github, routes.runs), asked)
      yield* limitsAreOver(progress)
      yield* round(progress)
      assert.deepStrictEqual(yield* Effect.forEach(jobs, statusOf), ["queued", "queued", "queued"])
    }),
  { ownInstallation: true }
)

story("runs that a limit kept from being looked at are looked at when it is over", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const [id = 0] = startRun(github, 1, "acme/web").jobIds
    const answer = { status: 403, headers: { "retry-after": "3600" } }
    github.faults.add({ operation: "actions/list-jobs-for-workflow-run", answer, times: 1 })
    const progress = yield* rounds(1)
    assert.strictEqual(yield* statusOf(id), "unknown")
    assert.lengthOf((yield* Ref.get(progress)).waiting, 1)
    yield* limitsAreOver(progress)
    yield* round(progress)
    assert.strictEqual(yield* statusOf(id), "queued")
  })
)
