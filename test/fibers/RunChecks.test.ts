import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { lookAtRuns } from "../../src/fibers/RunChecks.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { StoreError } from "../../src/services/store/StoreError.ts"
import { deliver, requestOf, rowsOf, saveSpec } from "../support/StoreScenes.ts"
import { callsOf, rescued, routes, startRun, story } from "./RepairFixture.ts"

const announce = (runId: number) =>
  deliver({}, { event: "workflow_run", action: "requested", facts: null, run: { runId, delayMillis: 0 } })
const checks = rowsOf("run_checks", "runId")
const known = (jobIds: ReadonlyArray<number>) => JobStore.use((store) => store.named(jobIds))

story("every queued job on every page of the run gets a request, and says how it was learnt (E-19)", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const run = startRun(github, 230)
    yield* announce(run.id)
    yield* lookAtRuns()
    assert.strictEqual((yield* known(run.jobIds)).length, 230)
    assert.deepStrictEqual(new Map(yield* rescued), new Map([["workflow_run", 230]]))
    assert.strictEqual(callsOf(github, routes.runJobs), 3)
    assert.deepStrictEqual(yield* checks, [])
  })
)

story("what the jobs' own events told meanwhile is not told again", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const run = startRun(github, 2)
    for (const jobId of run.jobIds) yield* deliver({ jobId, runId: run.id })
    yield* announce(run.id)
    const before = yield* rowsOf("workflow_jobs", "jobId")
    yield* lookAtRuns()
    assert.deepStrictEqual(yield* rowsOf("workflow_jobs", "jobId"), before)
    assert.strictEqual((yield* rescued).size, 0)
  })
)

story("one job that cannot be stored holds up no other, and the run is looked at again (E-20)", (github) =>
  Effect.gen(function* () {
    yield* saveSpec()
    const run = startRun(github, 3)
    const [bad = 0, ...others] = run.jobIds
    yield* announce(run.id)
    const intake = yield* IntakeStore
    const refusing = Layer.succeed(IntakeStore, {
      take: (delivery) =>
        delivery.facts?.jobId === bad
          ? Effect.fail(new StoreError({ operation: "take", kind: "Unanswered" }))
          : intake.take(delivery)
    })
    yield* Effect.provide(lookAtRuns(), refusing)
    for (const id of others) assert.strictEqual((yield* requestOf(String(id))).status, "queued")
    const [check] = yield* checks
    assert.deepInclude(check, { runId: run.id, attempt: 1 })
  })
)

story("a run that GitHub cannot show now is put off, and a limit of GitHub's is no attempt", (github) =>
  Effect.gen(function* () {
    const run = startRun(github, 1)
    yield* announce(run.id)
    github.faults.add({ operation: "actions/list-jobs-for-workflow-run", answer: { status: 502 }, times: 1 })
    yield* lookAtRuns()
    assert.deepInclude((yield* checks)[0], { attempt: 1 })
    yield* announce(run.id)
    github.faults.add({
      operation: "actions/list-jobs-for-workflow-run",
      answer: { status: 403, headers: { "retry-after": "60" } },
      times: 1
    })
    const asked = Date.now()
    yield* lookAtRuns()
    const [check] = yield* checks
    assert.deepInclude(check, { attempt: 0 })
    assert.isAtLeast(Number(check?.["dueAt"]), asked + 60_000)
  })
)
