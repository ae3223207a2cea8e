// What the passing of a running runner's deadline means.
//
// Answers for: asking before acting. Before an idle runner is removed GitHub is asked, and no answer means that it stays;
// before a sandbox's life ends it is extended, unless GitHub says that its runner does nothing.
// Not for which deadline is next (domain/RunnerDeadline.ts).
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { jobHeld } from "../domain/Demand.ts"
import { Retryable } from "../domain/Disposition.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import type { Pauses, RunnerDeadline } from "../domain/RunnerDeadline.ts"
import { hasTakenJob, isRegistered } from "../domain/RunnerRequest.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshDemand } from "./JobCheck.ts"
import { lastWords } from "./LastWords.ts"
import { forgetRegistration } from "./Registration.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import { atGitHub, isUnused } from "./RunnerAtGitHub.ts"
import { sandboxGone } from "./SandboxGone.ts"
import { extend } from "./SandboxLife.ts"
import { factsOfVerdict } from "./VerdictFacts.ts"

/** How long an idle runner is left alone after GitHub said busy or nothing. */
export const askAgainAfter = Duration.toMillis("30 seconds")
/** How long to wait for an E2B that does not answer when asked for more time. */
const extendAgainAfter = Duration.toMillis("10 seconds")

const onIdle = Effect.fnUntraced(function* (handle: RequestHandle) {
  const request = handle.current()
  const there = yield* atGitHub(handle)
  if (there === "busy") {
    yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
    return
  }
  if (there === "unknown" || Option.isNone(yield* Effect.option(refreshDemand(request)))) return
  const unused = new Retryable({
    code: "runner_idle",
    message:
      "GitHub gave this runner no job though jobs wait for it: check that the repository may use the runner's group and labels."
  })
  const failure = yield* attemptFailed(request, "runner_ready", unused, false)
  const held = yield* attemptFailed(request, "runner_ready", jobHeld, false)
  const idle: RequestFact = {
    _tag: "StopWanted",
    message: "The runner took no job within worker.runner_idle_timeout_seconds."
  }
  yield* forgetRegistration(handle)
  yield* handle.judge((verdict) => {
    if (verdict._tag === "Held") return [held]
    return verdict._tag !== "Wanted" ? factsOfVerdict(verdict) : request.jobId === null ? [idle] : [failure]
  })
})

/** What it printed may have been lost with a connection or a node: GitHub knows, too, whether it listens. */
const onReady = Effect.fnUntraced(function* (handle: RequestHandle) {
  const there = isRegistered(handle.current()) ? yield* atGitHub(handle) : "gone"
  if (there === "idle") return yield* handle.record({ _tag: "RunnerReady" })
  if (there === "busy") return yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
  const failure = new Retryable({
    code: "runner_not_ready",
    message: `The runner did not listen for jobs within worker.ready_timeout_seconds; ${yield* lastWords(handle.id)}.`
  })
  return yield* handle.record(yield* attemptFailed(handle.current(), "runner_ready", failure, false))
})

/** Gives when to ask again: never again after a refusal. */
const onExtend = Effect.fnUntraced(function* (handle: RequestHandle) {
  const { sandboxId } = handle.current()
  if (!hasTakenJob(handle.current())) {
    // Its output may have been lost; while GitHub says nothing it may work.
    const there = yield* atGitHub(handle)
    if (isUnused(there) || there === "gone") return Number.POSITIVE_INFINITY
    if (there === "busy") yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
  }
  const asked = yield* extend(handle, sandboxId ?? "")
  switch (asked._tag) {
    case "Extended":
      return 0
    case "Refused":
      yield* handle.record({
        _tag: "Noted",
        code: "note",
        message: `The sandbox's life cannot be extended further: ${asked.why}. A job that is not over by then is lost.`
      })
      return Number.POSITIVE_INFINITY
    case "Unanswered":
      return (yield* (yield* StoreClock).now) + extendAgainAfter
    case "Gone":
      yield* sandboxGone(handle, sandboxId ?? "")
      return Number.POSITIVE_INFINITY
  }
})

const lifeOver =
  "The sandbox's life is over: it can be no longer than e2b.max_timeout_seconds, or E2B's plan, allows. Longer jobs need a larger value or plan."

const onLifeOver = Effect.fnUntraced(function* (handle: RequestHandle) {
  const reason = "timeout"
  yield* handle.record(
    hasTakenJob(handle.current())
      ? { _tag: "RunnerFailed", stage: "sandbox_timeout", reason, message: lifeOver }
      : yield* attemptFailed(
          handle.current(),
          "sandbox_timeout",
          new Retryable({ code: reason, message: lifeOver }),
          false
        )
  )
})

/** Acts on a deadline that has passed, and gives what is not to be looked at before. */
export const onDeadline = Effect.fnUntraced(function* (
  handle: RequestHandle,
  deadline: RunnerDeadline,
  pauses: Pauses
) {
  switch (deadline.kind) {
    case "life":
      yield* onLifeOver(handle)
      return pauses
    case "extend":
      return { ...pauses, extend: yield* onExtend(handle) }
    case "ready":
      yield* onReady(handle)
      return pauses
    case "idle":
      yield* onIdle(handle)
      return { ...pauses, idle: (yield* (yield* StoreClock).now) + askAgainAfter }
  }
})
