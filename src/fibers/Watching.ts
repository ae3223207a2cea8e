// Following a running runner until it has to be removed.
//
// Answers for: what markers, facts and the process's end mean for the request. Deadlines are in RunnerDeadlines.ts,
// the connection in RunnerStream.ts. Not for removing anything: it ends as soon as the request is no longer `running`.
// Gotchas: run.sh's exit code says nothing about the job. A runner that is known to have a job is stopped only by
// its time limit, or because GitHub says that the job is over.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { Retryable } from "../domain/Disposition.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import { noPauses, runnerDeadline } from "../domain/RunnerDeadline.ts"
import { hasTakenJob } from "../domain/RunnerRequest.ts"
import { Config } from "../services/config/Config.ts"
import type { MarkerEvent } from "../services/sandbox/RunnerMarkers.ts"
import type { RunnerProcess } from "../services/sandbox/SandboxTypes.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshDemand, refreshOwnJob } from "./JobCheck.ts"
import type { RequestHandle, Signal } from "./RequestHandle.ts"
import { lastWords } from "./LastWords.ts"
import { patienceOf } from "./Patience.ts"
import { atGitHub } from "./RunnerAtGitHub.ts"
import { askAgainAfter, onDeadline } from "./RunnerDeadlines.ts"
import { forgetRegistration } from "./Registration.ts"
import * as RunnerOutput from "./RunnerOutput.ts"
import * as RunnerStream from "./RunnerStream.ts"
import { factsOfVerdict } from "./VerdictFacts.ts"

const factsOfMarker = (marker: MarkerEvent): ReadonlyArray<RequestFact> => {
  switch (marker._tag) {
    case "Listening":
      return [{ _tag: "RunnerReady" }]
    case "RunningJob":
      return [{ _tag: "JobAssigned", jobId: null, jobName: marker.name }]
    case "JobStarted":
      return [{ _tag: "JobAssigned", jobId: null, jobName: null }]
    default:
      return []
  }
}

/** The start script's exit code when GitHub refused the registration ten times. */
const registrationRefused = 2

const describeExit = (signal: Extract<Signal, { _tag: "Exited" }>): string =>
  signal.exitCode !== null
    ? `with code ${signal.exitCode}`
    : signal.error !== null
      ? `(${signal.error})`
      : "while nobody watched"

const onExit = Effect.fnUntraced(function* (handle: RequestHandle, signal: Extract<Signal, { _tag: "Exited" }>) {
  const how = describeExit(signal)
  if (signal.again !== true) {
    yield* handle.record({ _tag: "Noted", code: "runner_exited", message: `The runner process ended ${how}.` })
  }
  const seen = signal.exitCode !== null
  // GitHub removes an ephemeral runner when its job is over: one that ended unseen and is gone there has worked.
  if (!seen && !hasTakenJob(handle.current()) && (yield* atGitHub(handle)) === "gone") {
    yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
  }
  if (!hasTakenJob(handle.current())) {
    // It may have worked on any job of its pool: what GitHub says of them decides.
    const refresh = seen && signal.exitCode !== 0 ? refreshOwnJob : refreshDemand
    yield* refresh(handle.current()).pipe(Effect.ignore({ log: true }))
    yield* handle.judge(factsOfVerdict)
    if (handle.current().status !== "running") return
  }
  if (hasTakenJob(handle.current())) {
    // What ended may have been the start script alone: while GitHub says busy, or nothing, the runner stays.
    const there = seen ? "gone" : yield* atGitHub(handle)
    if (there === "busy" || there === "unknown") {
      yield* Effect.sleep(askAgainAfter).pipe(
        Effect.andThen(Queue.offer(handle.mailbox, { ...signal, again: true })),
        Effect.forkScoped
      )
      return
    }
    yield* handle.record(
      signal.exitCode === 0 || !seen
        ? { _tag: "StopWanted", message: "The runner has done its job." }
        : {
            _tag: "RunnerFailed",
            stage: "runner_exit",
            reason: `exit_code_${signal.exitCode}`,
            message: `The runner process ended ${how} during its job; ${yield* lastWords(handle.id)}.`
          }
    )
    return
  }
  if (signal.exitCode === registrationRefused) yield* forgetRegistration(handle)
  const failure = new Retryable({
    code: "runner_exited",
    message: `The runner process ended ${how} before it took a job; ${yield* lastWords(handle.id)}.`
  })
  yield* handle.record(yield* attemptFailed(handle.current(), "runner_exit", failure, false))
})

/** Notes each kind of error the runner prints once, and has a registration that GitHub refused forgotten. */
const onRunnerError = Effect.fnUntraced(function* (
  handle: RequestHandle,
  seen: Set<string>,
  marker: Extract<MarkerEvent, { _tag: "RunnerError" }>
) {
  if (seen.has(marker.kind)) return
  seen.add(marker.kind)
  yield* handle.record({ _tag: "Noted", code: "note", message: `The runner says: ${marker.line}` })
  if (marker.kind === "registration_refused") yield* forgetRegistration(handle)
})

/** Ends when the request is no longer `running`. `process`: the one just started; none means to connect to it. */
export const watch = Effect.fn("Watching.watch")(function* (
  handle: RequestHandle,
  process: Option.Option<RunnerProcess>
) {
  const clock = yield* StoreClock
  const stream = yield* RunnerStream.make(handle)
  const errorsSeen = new Set<string>()
  const patience = patienceOf(yield* Config)
  let pauses = noPauses
  yield* Option.isSome(process) ? RunnerOutput.follow(handle, process.value) : stream.connect
  // Facts may have arrived between the claim and now.
  yield* handle.judge(factsOfVerdict)

  while (handle.held() && handle.current().status === "running") {
    const deadline = runnerDeadline(handle.current(), patience, pauses)
    const now = yield* clock.now
    const signal = yield* Queue.take(handle.mailbox).pipe(Effect.timeoutOption(Math.max(0, deadline.at - now)))
    if (Option.isNone(signal)) {
      pauses = yield* onDeadline(handle, deadline, pauses)
      continue
    }
    switch (signal.value._tag) {
      case "News":
        yield* handle.judge(factsOfVerdict)
        break
      case "Marker": {
        const { marker } = signal.value
        if (marker._tag === "RunnerError") yield* onRunnerError(handle, errorsSeen, marker)
        else yield* handle.record(...factsOfMarker(marker))
        break
      }
      case "Exited":
        yield* onExit(handle, signal.value)
        break
      case "StreamLost":
        yield* stream.scheduleReconnect
        break
      case "Reconnect":
        yield* stream.connect
    }
  }
}, Effect.scoped)
