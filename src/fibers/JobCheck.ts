// Asking GitHub about the job of a request when what the store knows may be old.
//
// Answers for: turning GitHub's answer into facts that take the same way as a webhook's. A fresh `queued` event
// needs no re-check; a request from before this process, one that is tried again, or whose runner ended unseen, does.
import * as Effect from "effect/Effect"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { JobStore } from "../services/store/JobStore.ts"
import { takeJobs } from "./TakeJobs.ts"

const refreshJob = Effect.fnUntraced(function* (repository: string, jobId: number) {
  const github = yield* GitHub
  yield* takeJobs(repository, [yield* github.getJob(repository, jobId)], "reconcile")
})

/** Stores GitHub's word on the job that caused the request. Does nothing for a manual request. */
export const refreshOwnJob = Effect.fn("JobCheck.refreshOwnJob")(function* (request: RunnerRequest) {
  if (request.jobId !== null) yield* refreshJob(request.repository, request.jobId)
})

/** The most jobs that one idle runner asks GitHub about. */
const maxChecks = 20

/**
 * Stores GitHub's word on the jobs that are said to wait for a runner like this request's: an event that was lost
 * leaves a job waiting here for ever. A job that GitHub no longer knows stays as it is.
 */
export const refreshDemand = Effect.fn("JobCheck.refreshDemand")(function* (request: RunnerRequest) {
  const own = request.jobId === null ? [] : [{ repository: request.repository, jobId: request.jobId }]
  const waiting = request.pool === null ? [] : yield* (yield* JobStore).waitingIn(request.pool, maxChecks)
  yield* Effect.forEach(
    [...own, ...waiting.filter((job) => job.jobId !== request.jobId)],
    (job) =>
      refreshJob(job.repository, job.jobId).pipe(Effect.catchReason("GitHubError", "NotFound", () => Effect.void)),
    { discard: true }
  )
})
