// What every database's stores must count, and what the gauges must say.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Fatal } from "../../src/domain/Disposition.ts"
import { JobStatus, type JobFacts } from "../../src/domain/WorkflowJob.ts"
import { ActiveCountStore } from "../../src/services/store/ActiveCountStore.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { exposition } from "../../src/services/telemetry/Exposition.ts"
import * as Metrics from "../../src/services/telemetry/Metrics.ts"
import { sharedMetricsOf } from "../../src/services/telemetry/SharedMetrics.ts"
import { parsePrometheus, valueIn } from "./PrometheusText.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, receivedAt, requestOf, saveSpec, unconditionally } from "./StoreScenes.ts"

/** What has been counted so far. */
const counted = Effect.map(Metrics.Metrics, ({ context }) => {
  const families = parsePrometheus(exposition(context))
  return (name: string, labels: Readonly<Record<string, string>> = {}) => valueIn(families, name, labels)
})

/** The gauges as they would be scraped now. */
const gauges = Effect.gen(function* () {
  // What was read is kept for a second.
  yield* TestClock.adjust("1 second")
  const read = yield* ActiveCountStore.use((store) => store.read)
  const families = parsePrometheus(
    exposition(sharedMetricsOf(read, Metrics.defaultOptions, { deaths: 3, cooldown: 60_000 }).context)
  )
  return (name: string, labels: Readonly<Record<string, string>> = {}) => valueIn(families, name, labels)
})

type Statement = Partial<JobFacts> & { readonly job: number }

/** What GitHub may say of one of three jobs: a job is also ended before any runner took it. */
const statements: fc.Arbitrary<Statement> = fc
  .record({
    job: fc.nat(2),
    status: fc.constantFrom(...JobStatus.literals),
    observedAt: fc.constantFrom(500, 600, 700),
    picked: fc.boolean()
  })
  .map(({ job, observedAt, picked, status }) => {
    const started = status === "in_progress" || (status === "completed" && picked)
    return {
      job,
      status,
      observedAt,
      ...(started ? { runnerName: "hosted-1", startedAt: observedAt } : {}),
      ...(status === "completed" ? { conclusion: "success", completedAt: observedAt + 10 } : {})
    }
  })

/** Deliveries that arrive together, a few of them twice. */
const arrivals = fc.array(fc.array(statements, { minLength: 1, maxLength: 5 }), { maxLength: 5 })

let nextJob = 5000

export const metricsContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, Layer.provideMerge(layer, Metrics.layer(Metrics.defaultOptions))))

  describe(`metrics on ${name}`, () => {
    test(
      "each job counts once as queued, started and completed, in whatever order, batch and number its facts arrive",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* forAll(arrivals, 40, (batches) =>
          Effect.gen(function* () {
            const first = nextJob
            nextJob += 3
            const before = yield* counted
            const send = Effect.forEach(
              batches,
              (batch) =>
                Effect.forEach(batch, ({ job, ...facts }) => deliver({ ...facts, jobId: first + job }), {
                  concurrency: "unbounded"
                }),
              { discard: true }
            )
            yield* send
            const once = yield* counted
            yield* send
            const after = yield* counted
            // A job is ours from the moment at which its first fact is "queued"; what else was said of it came later.
            const ours = (yield* RequestStore.use((store) =>
              store.named([0, 1, 2].map((job) => String(first + job)))
            )).map(({ jobId }) => (jobId ?? 0) - first)
            const said = batches.flat().filter(({ job }) => ours.includes(job))
            const jobsWith = (holds: (statement: Statement) => boolean) =>
              new Set(said.filter(holds).map(({ job }) => job)).size
            const wanted = {
              github_workflow_jobs_queued_total: ours.length,
              e2b_runner_requests_total: ours.length,
              runnerd_jobs_learnt_total: ours.length,
              github_workflow_jobs_started_total: jobsWith(({ startedAt }) => startedAt !== undefined),
              github_workflow_jobs_completed_total: jobsWith(({ status }) => status === "completed"),
              github_workflow_job_conclusions_total: jobsWith(({ status }) => status === "completed")
            }
            for (const [metric, n] of Object.entries(wanted)) {
              // The second time nothing is news, but for a job whose first "queued" came after facts about another status.
              assert.strictEqual(after(metric) - before(metric), n, metric)
              assert.isAtMost(once(metric) - before(metric), n, metric)
            }
            const facts = batches.flat().length
            assert.strictEqual(after("runnerd_intake_total") - before("runnerd_intake_total"), 2 * facts)
          })
        )
      })
    )
    test(
      "E-122: the queue time is from queued to GitHub's start, the run time from there to the end; a negative one is none",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ createdAt: 1000, observedAt: 61_000 })
        const run = { startedAt: 64_000, runnerName: "hosted-1", observedAt: 64_000 }
        yield* deliver({ ...run, status: "in_progress" })
        yield* deliver({ ...run, status: "completed", conclusion: "failure", completedAt: 74_000, observedAt: 74_000 })
        yield* deliver({ jobId: 102, createdAt: 9000, observedAt: 9000 })
        yield* deliver({ jobId: 102, ...run, startedAt: 8000, status: "in_progress" })
        const value = yield* counted
        assert.strictEqual(value("github_workflow_job_queue_duration_seconds_count"), 1)
        assert.strictEqual(value("github_workflow_job_queue_duration_seconds_sum"), 3)
        assert.strictEqual(value("github_workflow_job_run_duration_seconds_sum", { job_conclusion: "failure" }), 10)
        assert.strictEqual(value("github_workflow_job_failures_total", { stage: "none", reason: "none" }), 1)
        assert.strictEqual(value("github_workflow_jobs_started_total", { workflow_name: "ci", job_name: "build" }), 2)
      })
    )
    test(
      "a refused job counts as rejected and as finished, a hosted one as nothing of ours",
      Effect.gen(function* () {
        yield* deliver({ labels: ["self-hosted", "gpu"] })
        yield* deliver({ jobId: 102, labels: ["ubuntu-latest"] })
        yield* deliver({ jobId: 102, labels: ["ubuntu-latest"], status: "completed", conclusion: "success" })
        const value = yield* counted
        assert.strictEqual(value("e2b_runner_requests_total", { spec: "unassigned", result: "rejected" }), 1)
        assert.strictEqual(value("runnerd_requests_finished_total", { status: "failed", stage: "admission" }), 1)
        assert.strictEqual(value("github_workflow_jobs_completed_total"), 0)
      })
    )
    test(
      "a life counts each step once, a stale owner's none but the lost lease",
      Effect.gen(function* () {
        yield* TestClock.setTime(10_000)
        yield* saveSpec()
        yield* deliver()
        const [taken] = yield* claim()
        const store = yield* RequestStore
        yield* TestClock.setTime(12_000)
        const stale = taken!.request
        let request = yield* store.record(stale, [
          { _tag: "SandboxCreated", sandboxId: "sbx", endsAt: 99_000 },
          { _tag: "RunnerRegistered", runnerId: 5 },
          { _tag: "RunnerStarted", pid: 7 }
        ])
        yield* amend("101", { fence: 9 })
        yield* Effect.flip(store.record(request, [{ _tag: "StopWanted", message: "done" }]))
        yield* amend("101", { fence: request.fence })
        request = yield* store.record(request, [{ _tag: "StopWanted", message: "done" }])
        request = yield* store.record(request, [
          { _tag: "CleanupFailed", stage: "sandbox_stop", message: "no", dueAt: 13_000 }
        ])
        yield* amend("101", { owner: stale.owner })
        yield* TestClock.setTime(15_000)
        yield* store.record({ ...request, owner: stale.owner }, [{ _tag: "SandboxRemoved" }, { _tag: "CleanedUp" }])
        const value = yield* counted
        const spec = "small"
        assert.strictEqual(value("runnerd_leases_lost_total"), 1)
        assert.strictEqual(value("e2b_runner_operations_total", { spec, operation: "create", result: "success" }), 1)
        assert.strictEqual(value("e2b_runner_operations_total", { spec, operation: "stop", result: "retry" }), 1)
        assert.strictEqual(value("e2b_runner_operations_total", { spec, operation: "stop", result: "success" }), 1)
        assert.strictEqual(value("e2b_runner_registered_total", { spec }), 1)
        assert.strictEqual(value("e2b_runner_cleanup_total", { spec, result: "removed" }), 1)
        assert.strictEqual(value("e2b_runner_cleanup_total", { spec, result: "error" }), 1)
        assert.strictEqual(value("e2b_runner_create_duration_seconds_sum", { spec }), 2)
        assert.strictEqual(value("e2b_runner_stop_duration_seconds_sum", { spec }), 3)
        assert.strictEqual(value("runnerd_requests_finished_total", { spec, status: "completed", stage: "none" }), 1)
      })
    )
    test(
      "an attempt that fails for good counts with its stage and code, and so does what a spec's deletion fails",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const [taken] = yield* claim()
        const disposition = new Fatal({ code: "template_unusable", message: "no template" })
        const failed = { stage: "sandbox_create", disposition, dueAt: 0, maxAttempts: 5, clean: true } as const
        yield* RequestStore.use((store) => store.record(taken!.request, [{ _tag: "AttemptFailed", ...failed }]))
        yield* deliver({ jobId: 102 })
        yield* SpecStore.use((specs) => specs.remove("small", false, unconditionally))
        const value = yield* counted
        const attempt = { disposition: "fatal", stage: "sandbox_create", code: "template_unusable" }
        assert.strictEqual(value("runnerd_attempts_failed_total", attempt), 1)
        assert.strictEqual(value("e2b_runner_operations_total", { operation: "create", result: "failed" }), 1)
        assert.strictEqual(value("runnerd_requests_finished_total", { reason: "template_unusable" }), 1)
        assert.strictEqual(value("runnerd_requests_finished_total", { status: "failed" }), 2)
      })
    )
    test(
      "gauges count unfinished requests alone, by spec, repository, status and holder; a deleted spec is shown while it is needed",
      Effect.gen(function* () {
        yield* TestClock.setTime(100_000)
        yield* NodeStore.use((nodes) =>
          nodes.register({ incarnation: "node-1", host: "alpha", processId: 1, lockKey: 1 })
        )
        yield* saveSpec({ maxConcurrency: 7 })
        yield* saveSpec({ name: "idle", labels: ["self-hosted", "other"], enabled: false })
        for (const jobId of [101, 102, 103, 104, 105]) yield* deliver({ jobId })
        yield* claim({ roomInAll: 3, room: () => 3 })
        yield* amend("101", { status: "running", assignedJobId: 101 })
        yield* amend("102", { status: "stopping" })
        yield* amend("104", { attempt: 1 })
        yield* amend("105", { status: "completed" })
        // The newest delivery is neither the first nor the last that was written.
        yield* receivedAt(90_500, 90_500, 100_000, 90_500, 90_500)
        yield* TestClock.adjust("30 seconds")
        const value = yield* gauges
        assert.deepStrictEqual(
          ["current", "busy", "idle", "pending", "desired", "status"].map((each) =>
            value(`e2b_runner_spec_${each}`, { spec: "small" })
          ),
          [2, 1, 1, 2, 7, 1]
        )
        assert.strictEqual(value("runnerd_spec_sandboxes", { spec: "small" }), 3)
        assert.strictEqual(value("runnerd_spec_oldest_queued_seconds", { spec: "small" }), 31)
        assert.strictEqual(value("e2b_runner_requests_by_spec_status", { spec: "small", status: "creating" }), 1)
        assert.strictEqual(value("e2b_runner_requests_by_spec_status"), 4)
        assert.strictEqual(value("e2b_runner_requests_by_repository_status", { repository: "acme/web" }), 4)
        assert.strictEqual(value("e2b_runner_retry_state", { spec: "small", status: "queued" }), 1)
        assert.strictEqual(value("e2b_runner_lease_state", { worker: "alpha" }), 3)
        assert.strictEqual(value("e2b_runner_lease_state", { worker: "none" }), 1)
        assert.strictEqual(value("e2b_runner_spec_status", { spec: "idle" }), 0)
        assert.strictEqual(value("runnerd_last_delivery_timestamp_seconds"), 100)
        assert.strictEqual(value("runnerd_node_heartbeat_age_seconds", { worker: "alpha" }), 31)
        assert.isAbove(value("e2b_runner_last_reconcile_timestamp_seconds"), 130)
        yield* amend("104", { retriedAt: 121_000 })
        assert.strictEqual((yield* gauges)("runnerd_spec_oldest_queued_seconds", { spec: "small" }), 11)
        yield* SpecStore.use((specs) => specs.remove("small", false, unconditionally))
        const without = yield* gauges
        assert.strictEqual(without("e2b_runner_spec_current", { spec: "small" }), 2)
        assert.strictEqual(without("e2b_runner_spec_desired", { spec: "small" }), 0)
        assert.strictEqual((yield* requestOf("104")).status, "failed")
      })
    )
    test(
      "gauges are read once a second, however many ask",
      Effect.gen(function* () {
        const store = yield* ActiveCountStore
        yield* TestClock.adjust("1 second")
        const [a, b] = yield* Effect.all([store.read, store.read], { concurrency: "unbounded" })
        assert.strictEqual(a, b)
        yield* TestClock.adjust("999 millis")
        assert.strictEqual(yield* store.read, a)
        yield* TestClock.adjust("1 millis")
        assert.notStrictEqual(yield* store.read, a)
      })
    )
  })
}
