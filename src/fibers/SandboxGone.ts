// What follows from a sandbox that E2B no longer knows while its runner was wanted.
//
// Answers for: telling the end of its time from any other end, and whether a job is lost with it: the job has a new
// runner if GitHub still has it queued, whatever the runner had printed. Gotcha: only E2B's control API may say "gone".
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Retryable } from "../domain/Disposition.ts"
import type { ReasonCode } from "../domain/ReasonCode.ts"
import { hasTakenJob, type Stage } from "../domain/RunnerRequest.ts"
import { isNotStarted } from "../domain/WorkflowJob.ts"
import { JobStore } from "../services/store/JobStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshOwnJob } from "./JobCheck.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import { factsOfVerdict } from "./VerdictFacts.ts"

/** How far E2B's clock and ours may be apart when a sandbox ends by its time. */
const clockTolerance = Duration.toMillis("1 minute")

/** Whether the job that caused the request still waits for a runner, as GitHub says now if it answers. */
const jobStillWaits = Effect.fnUntraced(function* (handle: RequestHandle) {
  yield* refreshOwnJob(handle.current()).pipe(Effect.ignore({ log: true }))
  yield* handle.judge(factsOfVerdict)
  const { assignedJobId, jobId } = handle.current()
  if (assignedJobId !== null || jobId === null) return false
  const [job] = yield* (yield* JobStore).named([jobId])
  return job !== undefined && isNotStarted(job.status)
})

interface End {
  readonly stage: Stage
  readonly reason: ReasonCode
  readonly message: string
}

const howItEnded = Effect.fnUntraced(function* (handle: RequestHandle, sandboxId: string) {
  const { sandboxEndsAt } = handle.current()
  const now = yield* (yield* StoreClock).now
  const end: End =
    sandboxEndsAt !== null && now >= sandboxEndsAt - clockTolerance
      ? {
          stage: "sandbox_timeout",
          reason: "timeout",
          message: `The time of sandbox ${sandboxId} was over, and E2B ended it.`
        }
      : {
          stage: "runner_exit",
          reason: "sandbox_gone",
          message: `E2B no longer knows sandbox ${sandboxId}: it failed, or was removed from outside.`
        }
  return end
})

/** Ends the attempt, or the request when a job is lost with the sandbox. */
export const sandboxGone = Effect.fn("SandboxGone.sandboxGone")(function* (handle: RequestHandle, sandboxId: string) {
  const { message, reason, stage } = yield* howItEnded(handle, sandboxId)
  const again = !hasTakenJob(handle.current()) || (yield* jobStillWaits(handle))
  if (handle.current().status !== "running") return
  yield* handle.record(
    again
      ? yield* attemptFailed(handle.current(), stage, new Retryable({ code: reason, message }), false)
      : { _tag: "RunnerFailed", stage, reason, message },
    { _tag: "SandboxRemoved" }
  )
})
