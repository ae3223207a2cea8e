// Listing the jobs of runs that a workflow_run event told of: the webhook's compensation, after its answer.
//
// Answers for: every job of the run on every page being taken in, also when GitHub fails for a while or a job cannot be stored
// (E-19, E-20). Not for asking which runs (http/Webhooks.ts writes them down).
// Gotchas: the pause before a look lets the jobs' own events arrive first, and makes one look of two events. GitHub may show a
// run a moment later than it tells of it, so 404 is tried again like any other failure.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BackoffPolicy, delayMillis } from "../domain/Backoff.ts"
import { ofGitHubError } from "../domain/Disposition.ts"
import type { GitHubError } from "../domain/GitHubError.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { RepairStore, type RunCheck } from "../services/store/RepairStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"
import { takeJobs } from "./TakeJobs.ts"
import { notBefore } from "./Waiting.ts"

const interval = Duration.seconds(5)
const atOnce = 20
const concurrency = 4
/** Longer than a look at a run of 1,000 jobs takes. */
const lease = Duration.minutes(5)
const backoff: BackoffPolicy = { base: Duration.seconds(5), max: Duration.minutes(10) }
/** More than half an hour; then the rounds of Reconciler.ts have to do. */
const maxAttempts = 10

const failedFor = (check: RunCheck, code: string, dueAt: number) =>
  Effect.gen(function* () {
    const store = yield* RepairStore
    if (check.attempt + 1 < maxAttempts) return yield* store.putOffRun(check, dueAt)
    yield* Effect.logWarning("The jobs of a run could not be taken in; it is left to reconciliation", code)
    yield* store.finishRun(check)
  })

const look = Effect.fn("RunChecks.look")(
  function* (check: RunCheck) {
    const github = yield* GitHub
    const store = yield* RepairStore
    const clock = yield* StoreClock
    const later = Effect.zipWith(clock.now, delayMillis(backoff, check.attempt), (now, delay) => now + delay)
    yield* Effect.gen(function* () {
      const jobs = yield* github.listRunJobs(check.repository, check.runId)
      const failed = yield* takeJobs(check.repository, jobs, "workflow_run", check.installationId)
      if (failed === 0) return yield* store.finishRun(check)
      yield* failedFor(check, "store_failed", yield* later)
    }).pipe(
      Effect.catchTag("GitHubError", (error: GitHubError) =>
        Effect.gen(function* () {
          const disposition = ofGitHubError(error)
          const wait = notBefore(disposition, yield* clock.now)
          // A limit says nothing about this run.
          if (wait !== undefined) return yield* store.putOffRun({ ...check, attempt: check.attempt - 1 }, wait)
          yield* failedFor(check, disposition.code, yield* later)
        })
      )
    )
  },
  (looked, check) => Effect.annotateLogs(looked, { run: check.runId, repository: check.repository })
)

/** Looks at the runs whose time has come. */
export const lookAtRuns = Effect.fn("RunChecks.lookAtRuns")(function* () {
  const store = yield* RepairStore
  const checks = yield* store.takeRuns(atOnce, Duration.toMillis(lease))
  yield* Effect.forEach(checks, look, { concurrency, discard: true })
})

export const layer = Layer.effectDiscard(
  Effect.flatMap(Leadership, (leadership) =>
    Loop.every("run checks", interval, leadership.only(lookAtRuns())).pipe(Effect.forkScoped)
  )
)
