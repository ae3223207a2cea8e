// Whether a request is still wanted, judged from facts about jobs.
//
// Answers for: one request's verdict. Jobs and runners are not pairs: GitHub hands any idle runner of a pool to
// any job that fits, so a request whose own job was taken by another runner still serves the pool while more
// jobs wait than runners are coming.
// Gotcha: "surplus" is a property of the pool, so whoever acts on it must look and write in one transaction.
import { Deferred } from "./Disposition.ts"
import { isNotStarted, type JobFacts } from "./WorkflowJob.ts"
import { hasTakenJob, type RunnerRequest } from "./RunnerRequest.ts"
import { withoutEnd } from "./Sentence.ts"

/** The job is looked at again after this, should its `queued` event be lost: spread (Backoff.ts), within ten minutes. */
const heldFor = 580

/** What becomes of a request that is `Held`. */
export const jobHeld = new Deferred({
  code: "job_held",
  message: "The job waits at GitHub for an approval or for its turn; it gets a runner once GitHub has queued it.",
  retryAfterSeconds: heldFor
})

export interface DemandView {
  /** The job that GitHub says this request's runner has or had. */
  readonly runnerJob: JobFacts | null
  /** The job that caused the request. */
  readonly ownJob: JobFacts | null
  /** Jobs of the pool that wait for a runner. */
  readonly waitingJobs: number
  /** Unfinished requests of the pool whose runner, there or coming, has no job yet, this one included. */
  readonly freeRequests: number
}

export type Verdict =
  | { readonly _tag: "Wanted" }
  | { readonly _tag: "Assigned"; readonly jobId: number; readonly jobName: string }
  /** The runner's job is over; GitHub has removed an ephemeral runner's registration by itself. */
  | { readonly _tag: "JobOver"; readonly jobId: number; readonly jobName: string; readonly conclusion: string | null }
  | { readonly _tag: "Surplus"; readonly message: string }
  /** Its job waits for an approval or for its turn, and no other job of the pool needs the runner: not to cost anything. */
  | { readonly _tag: "Held" }
  /** An operator wants it stopped, whatever its runner does. */
  | { readonly _tag: "StopAsked"; readonly message: string }

const wanted: Verdict = { _tag: "Wanted" }

const surplusMessage = (ownJob: JobFacts): string =>
  ownJob.status === "in_progress" || ownJob.runnerName !== null
    ? `Job ${ownJob.jobId} was taken by runner ${ownJob.runnerName ?? "unknown"}, and no other job of this pool waits.`
    : `Job ${ownJob.jobId} ended without a runner (${ownJob.conclusion ?? ownJob.status}), and no other job of this pool waits.`

const stopMessage = ({ stopAskedBy, stopReason }: RunnerRequest): string =>
  `Stopped by ${stopAskedBy ?? "an operator"}${stopReason === null ? "" : `: ${withoutEnd(stopReason)}`}.`

/** Total. A manual request has no own job and is wanted until its runner has idled out. */
export const judge = (request: RunnerRequest, view: DemandView): Verdict => {
  const { ownJob, runnerJob } = view
  if (runnerJob !== null && runnerJob.status === "completed") {
    return {
      _tag: "JobOver",
      jobId: runnerJob.jobId,
      jobName: runnerJob.name,
      conclusion: runnerJob.conclusion
    }
  }
  if (request.stopAskedAt !== null) return { _tag: "StopAsked", message: stopMessage(request) }
  if (runnerJob !== null && runnerJob.status === "in_progress") {
    return { _tag: "Assigned", jobId: runnerJob.jobId, jobName: runnerJob.name }
  }
  if (hasTakenJob(request) || ownJob === null || ownJob.status === "queued") return wanted
  if (view.freeRequests <= view.waitingJobs) return wanted
  return isNotStarted(ownJob.status) ? { _tag: "Held" } : { _tag: "Surplus", message: surplusMessage(ownJob) }
}
