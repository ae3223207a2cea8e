// How long a running runner may go on without saying what it is expected to say.
//
// Answers for: which deadline is next, and what its passing means. Gotchas: only the sandbox's own time limit ends a
// runner that has a job. Before an idle runner is removed GitHub is asked, and no answer means that it stays.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Retryable } from "../domain/Disposition.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import { hasTakenJob, type RunnerRequest } from "../domain/RunnerRequest.ts"
import { ofRequest as targetOf } from "../domain/RunnerTarget.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshDemand } from "./JobCheck.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import { factsOfVerdict } from "./VerdictFacts.ts"

export interface RunnerDeadline {
  /** Epoch milliseconds. */
  readonly at: number
  readonly kind: "ready" | "idle" | "life"
}

/** `notIdleBefore`: an idle runner is left alone until then. */
export const nextDeadline = (
  request: RunnerRequest,
  config: Config["Service"],
  notIdleBefore: number
): RunnerDeadline => {
  const started = request.runningAt ?? request.updatedAt
  const life: RunnerDeadline = {
    at: (request.creatingAt ?? started) + Duration.toMillis(config.e2b.timeout),
    kind: "life"
  }
  if (hasTakenJob(request)) return life
  const waiting: RunnerDeadline =
    request.readyAt === null
      ? { at: started + Duration.toMillis(config.worker.readyTimeout), kind: "ready" }
      : {
          at: Math.max(notIdleBefore, request.readyAt + Duration.toMillis(config.worker.runnerIdleTimeout)),
          kind: "idle"
        }
  return waiting.at < life.at ? waiting : life
}

const onIdle = Effect.fnUntraced(function* (handle: RequestHandle) {
  const github = yield* GitHub
  const request = handle.current()
  const target = targetOf(request.repository, request.runnerGroup)
  const runner = yield* github.findRunner(target, request.runnerName ?? "").pipe(
    Effect.tap(() => refreshDemand(request)),
    Effect.option
  )
  if (Option.isNone(runner)) return false
  if (Option.isSome(runner.value) && runner.value.value.busy) {
    yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
    return false
  }
  const unused = new Retryable({
    code: "runner_idle",
    message:
      "GitHub gave this runner no job though jobs wait for it: check that the repository may use the runner's group and labels."
  })
  const failure = yield* attemptFailed(request, "runner_ready", unused, false)
  const idle: RequestFact = {
    _tag: "StopWanted",
    message: "The runner took no job within worker.runner_idle_timeout_seconds."
  }
  yield* handle.judge((verdict) =>
    verdict._tag !== "Wanted" ? factsOfVerdict(verdict) : request.jobId === null ? [idle] : [failure]
  )
  return handle.current().status !== "running"
})

/** True: the runner is to be removed. False: it stays for now, because GitHub says busy or nothing. */
export const onDeadline = Effect.fnUntraced(function* (handle: RequestHandle, deadline: RunnerDeadline) {
  switch (deadline.kind) {
    case "life":
      yield* handle.record({
        _tag: "RunnerFailed",
        stage: "sandbox_timeout",
        reason: "timeout",
        message: "The sandbox reached e2b.timeout_seconds; jobs that need longer need a larger value."
      })
      return true
    case "ready": {
      const failure = new Retryable({
        code: "runner_not_ready",
        message:
          "The runner did not listen for jobs within worker.ready_timeout_seconds; see its stdout and stderr logs."
      })
      yield* handle.record(yield* attemptFailed(handle.current(), "runner_ready", failure, false))
      return true
    }
    case "idle":
      return yield* onIdle(handle)
  }
})
