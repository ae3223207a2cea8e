// What the end of a runner's process means for its request.
//
// Answers for: telling a runner that has worked from one that has not, by what it printed and by GitHub's word on runner and
// jobs. Gotchas: run.sh's exit code says nothing about the job, and is 0 also when its listener died. GitHub removes an
// ephemeral runner when its job is over, and calls one busy to which it has just sent a job, dead or not: it queues the job
// again a minute later.
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Retryable } from "../domain/Disposition.ts"
import { hasTakenJob, isRegistered } from "../domain/RunnerRequest.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshDemand, refreshOwnJob } from "./JobCheck.ts"
import { lastWords } from "./LastWords.ts"
import { forgetRegistration } from "./Registration.ts"
import type { RequestHandle, Signal } from "./RequestHandle.ts"
import { atGitHub, isUnused } from "./RunnerAtGitHub.ts"
import { askAgainAfter } from "./RunnerDeadlines.ts"
import { factsOfVerdict } from "./VerdictFacts.ts"

type Exit = Extract<Signal, { _tag: "Exited" }>

/** The start script's exit code when GitHub refused the registration ten times. */
const registrationRefused = 2
/** Exit codes from here on stand for signals. */
const firstOfSignals = 128

const describeExit = (exit: Exit): string =>
  exit.exitCode !== null
    ? `with code ${exit.exitCode}`
    : exit.error !== null
      ? `(${exit.error})`
      : "while nobody watched"

/** run.sh waits for its listener: when the start script ended by itself, so have they. */
const endedByItself = ({ exitCode }: Exit) => exitCode !== null && exitCode < firstOfSignals

/** GitHub says which jobs wait; what follows from that for the request is recorded. */
const judgeAnew = Effect.fnUntraced(function* (handle: RequestHandle, exit: Exit) {
  // It may have worked on any job of its pool.
  const refresh = exit.exitCode === null || exit.exitCode === 0 ? refreshDemand : refreshOwnJob
  yield* refresh(handle.current()).pipe(Effect.ignore({ log: true }))
  yield* handle.judge(factsOfVerdict)
})

const lookAgainLater = (handle: RequestHandle, exit: Exit) =>
  Effect.sleep(askAgainAfter).pipe(
    Effect.andThen(Queue.offer(handle.mailbox, { ...exit, again: true })),
    Effect.forkScoped
  )

const endedAfterJob = Effect.fnUntraced(function* (handle: RequestHandle, exit: Exit) {
  const how = describeExit(exit)
  yield* handle.record(
    exit.exitCode === 0 || exit.exitCode === null
      ? { _tag: "StopWanted", message: "The runner has done its job." }
      : {
          _tag: "RunnerFailed",
          stage: "runner_exit",
          reason: `exit_code_${exit.exitCode}`,
          message: `The runner process ended ${how} during its job; ${yield* lastWords(handle.id)}.`
        }
  )
})

const endedBeforeJob = Effect.fnUntraced(function* (handle: RequestHandle, exit: Exit) {
  if (exit.exitCode === registrationRefused) yield* forgetRegistration(handle)
  const failure = new Retryable({
    code: "runner_exited",
    message: `The runner process ended ${describeExit(exit)} before it took a job; ${yield* lastWords(handle.id)}.`
  })
  yield* handle.record(yield* attemptFailed(handle.current(), "runner_exit", failure, false))
})

/** Ends the attempt or the request, or has the end looked at again later. */
export const onExit = Effect.fn("RunnerExit.onExit")(function* (handle: RequestHandle, exit: Exit) {
  if (exit.again !== true) {
    yield* handle.record({ _tag: "RunnerExited", how: describeExit(exit), byItself: endedByItself(exit) })
  }
  // What ended unseen may have been the start script alone: while GitHub says busy, or nothing, the runner stays.
  const there = exit.exitCode !== null ? "gone" : yield* atGitHub(handle)
  if (there === "busy" || there === "unknown") return yield* lookAgainLater(handle, exit)
  if (exit.exitCode === null && there === "gone" && isRegistered(handle.current())) {
    yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
  }
  if (!hasTakenJob(handle.current()) || isUnused(there)) {
    yield* judgeAnew(handle, exit)
    if (handle.current().status !== "running") return
  }
  const { assignedJobId } = handle.current()
  // A runner that is still registered, and idle, has finished no job, whatever GitHub had sent it.
  const unused = isUnused(there) && assignedJobId === null
  if (unused || !hasTakenJob(handle.current())) yield* endedBeforeJob(handle, exit)
  else yield* endedAfterJob(handle, exit)
})
