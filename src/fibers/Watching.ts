// Following a running runner until it has to be removed.
//
// Answers for: what markers, facts, the process's end, a lost stream and the deadlines mean for the request. Not
// for removing anything: it ends as soon as the request is no longer `running`.
// Gotchas: run.sh's exit code says nothing about the job. A runner that is known to have a job is stopped only by
// its time limit, or because GitHub says that the job is over.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import { delayMillis } from "../domain/Backoff.ts"
import type { Verdict } from "../domain/Demand.ts"
import { Retryable } from "../domain/Disposition.ts"
import type { RequestFact } from "../domain/RequestLifecycle.ts"
import { hasTakenJob, type RunnerRequest } from "../domain/RunnerRequest.ts"
import { ofRequest as targetOf } from "../domain/RunnerTarget.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import type { MarkerEvent } from "../services/sandbox/RunnerMarkers.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { RunnerProcess } from "../services/sandbox/SandboxTypes.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { attemptFailed } from "./Attempt.ts"
import { refreshOwnJob } from "./JobCheck.ts"
import type { RequestHandle, Signal } from "./RequestHandle.ts"
import * as RunnerOutput from "./RunnerOutput.ts"

/** How long an idle runner is left alone after GitHub could not say whether it is busy. */
const askAgainAfter = Duration.toMillis("30 seconds")

type Deadline = { readonly at: number; readonly kind: "ready" | "idle" | "life" }

const deadlineOf = (request: RunnerRequest, config: Config["Service"], notIdleBefore: number): Deadline => {
  const started = request.runningAt ?? request.updatedAt
  const life: Deadline = {
    at: (request.creatingAt ?? started) + Duration.toMillis(config.e2b.timeout),
    kind: "life"
  }
  if (hasTakenJob(request)) return life
  const waiting: Deadline =
    request.readyAt === null
      ? { at: started + Duration.toMillis(config.worker.readyTimeout), kind: "ready" }
      : {
          at: Math.max(notIdleBefore, request.readyAt + Duration.toMillis(config.worker.runnerIdleTimeout)),
          kind: "idle"
        }
  return waiting.at < life.at ? waiting : life
}

const factsOfMarker = (marker: MarkerEvent): ReadonlyArray<RequestFact> => {
  switch (marker._tag) {
    case "Listening":
      return [{ _tag: "RunnerReady" }]
    case "RunningJob":
      return [{ _tag: "JobAssigned", jobId: null, jobName: marker.name }]
    case "RunnerError":
      return [{ _tag: "Noted", code: "note", message: `The runner says: ${marker.line}` }]
    default:
      return []
  }
}

/** What news means for a running request. */
const factsOfVerdict = (verdict: Verdict): ReadonlyArray<RequestFact> => {
  switch (verdict._tag) {
    case "Assigned":
      return [{ _tag: "JobAssigned", jobId: verdict.jobId, jobName: verdict.jobName }]
    case "JobOver":
      return [
        { _tag: "JobAssigned", jobId: verdict.jobId, jobName: verdict.jobName },
        {
          _tag: "StopWanted",
          message: `GitHub says that job ${verdict.jobName} is over (${verdict.conclusion ?? "no conclusion"}).`
        }
      ]
    case "Surplus":
      return [{ _tag: "StopWanted", message: verdict.message }]
    case "Wanted":
      return []
  }
}

const describeExit = (signal: Extract<Signal, { _tag: "Exited" }>): string =>
  signal.exitCode !== null
    ? `with code ${signal.exitCode}`
    : signal.error !== null
      ? `(${signal.error})`
      : "while nobody watched"

const onExit = Effect.fnUntraced(function* (handle: RequestHandle, signal: Extract<Signal, { _tag: "Exited" }>) {
  const how = describeExit(signal)
  yield* handle.record({ _tag: "Noted", code: "runner_exited", message: `The runner process ended ${how}.` })
  if (!hasTakenJob(handle.current())) {
    // It may have worked while nobody watched: what GitHub says decides.
    yield* refreshOwnJob(handle.current()).pipe(Effect.ignore({ log: true }))
    yield* handle.judge(factsOfVerdict)
    if (handle.current().status !== "running") return
  }
  if (hasTakenJob(handle.current())) {
    yield* handle.record(
      signal.exitCode === 0 || signal.exitCode === null
        ? { _tag: "StopWanted", message: "The runner has done its job." }
        : {
            _tag: "RunnerFailed",
            stage: "runner_exit",
            reason: `exit_code_${signal.exitCode}`,
            message: `The runner process ended ${how} during its job; see its stdout and stderr logs.`
          }
    )
    return
  }
  const failure = new Retryable({
    code: "runner_exited",
    message: `The runner process ended ${how} before it took a job; see its stdout and stderr logs.`
  })
  yield* handle.record(yield* attemptFailed(handle.current(), "runner_exit", failure, false))
})

const sandboxGone = Effect.fnUntraced(function* (handle: RequestHandle, sandboxId: string) {
  const message = `E2B no longer knows sandbox ${sandboxId}: it was removed from outside, failed, or reached its time limit.`
  yield* handle.record(
    hasTakenJob(handle.current())
      ? { _tag: "RunnerFailed", stage: "runner_exit", reason: "sandbox_gone", message }
      : yield* attemptFailed(handle.current(), "runner_exit", new Retryable({ code: "sandbox_gone", message }), false)
  )
})

/** Follows the process again by its pid; on a passing failure tells the mailbox to try once more, later. */
const reconnect = Effect.fnUntraced(function* (handle: RequestHandle, streams: Streams, tries: number) {
  const sandboxes = yield* Sandboxes
  const config = yield* Config
  const { pid, sandboxId } = handle.current()
  if (sandboxId === null || pid === null) return yield* sandboxGone(handle, sandboxId ?? "unknown")
  yield* sandboxes.get(sandboxId).pipe(
    Effect.flatMap((access) => streams.follow(sandboxes.connect(access, pid))),
    Effect.andThen(
      tries === 0
        ? Effect.void
        : handle.record({
            _tag: "Noted",
            code: "stream_reconnected",
            message: "The runner's output is followed again."
          })
    ),
    Effect.catchTag("SandboxError", (error) => {
      if (error.reason._tag === "SandboxGone") return sandboxGone(handle, sandboxId)
      if (error.reason._tag === "ProcessNotFound") {
        return Queue.offer(handle.mailbox, { _tag: "Exited", exitCode: null, error: null })
      }
      return delayMillis({ base: Duration.seconds(1), max: config.worker.retryMaxDelay }, tries).pipe(
        Effect.flatMap((delay) => Effect.sleep(delay)),
        Effect.andThen(Queue.offer(handle.mailbox, { _tag: "StreamLost", detail: error.message })),
        Effect.forkIn(streams.scope)
      )
    })
  )
})

interface Streams {
  readonly scope: Scope.Scope
  /** Replaces the stream followed so far. */
  readonly follow: <E, R>(
    connect: Effect.Effect<RunnerProcess, E, R | Scope.Scope>
  ) => Effect.Effect<void, E, Exclude<R, Scope.Scope> | RunnerOutputServices>
}
type RunnerOutputServices =
  Effect.Services<ReturnType<typeof RunnerOutput.follow>> extends infer R ? Exclude<R, Scope.Scope> : never

const makeStreams = Effect.fnUntraced(function* (handle: RequestHandle): Effect.fn.Return<Streams, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let current: Scope.Closeable | undefined
  return {
    scope,
    follow: (connect) =>
      Effect.gen(function* () {
        if (current !== undefined) yield* Scope.close(current, Exit.void)
        const next = yield* Scope.fork(scope)
        current = next
        yield* connect.pipe(
          Effect.flatMap((process) => RunnerOutput.follow(handle, process)),
          Scope.provide(next)
        )
      })
  }
})

/** True: the deadline was used up. False: GitHub would not say, or says busy; leave the runner alone for now. */
const onIdle = Effect.fnUntraced(function* (handle: RequestHandle) {
  const github = yield* GitHub
  const request = handle.current()
  const target = targetOf(request.repository, request.runnerGroup)
  const runner = yield* github.findRunner(target, request.runnerName ?? "").pipe(Effect.option)
  if (Option.isNone(runner)) return false
  if (Option.isSome(runner.value) && runner.value.value.busy) {
    yield* handle.record({ _tag: "JobAssigned", jobId: null, jobName: null })
    return false
  }
  yield* handle.record({
    _tag: "StopWanted",
    message: "The runner took no job within worker.runner_idle_timeout_seconds."
  })
  return true
})

const onDeadline = Effect.fnUntraced(function* (handle: RequestHandle, deadline: Deadline) {
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

/** Ends when the request is no longer `running`. `process`: the one just started; none means to connect to it. */
export const watch = Effect.fn("Watching.watch")(function* (
  handle: RequestHandle,
  process: Option.Option<RunnerProcess>
) {
  const config = yield* Config
  const clock = yield* StoreClock
  const streams = yield* makeStreams(handle)
  let lostInARow = 0
  let notIdleBefore = 0
  if (Option.isSome(process)) yield* RunnerOutput.follow(handle, process.value)
  else yield* reconnect(handle, streams, 0)
  // Facts may have arrived between the claim and now.
  yield* handle.judge(factsOfVerdict)

  while (handle.held() && handle.current().status === "running") {
    const deadline = deadlineOf(handle.current(), config, notIdleBefore)
    const now = yield* clock.now
    const signal = yield* Queue.take(handle.mailbox).pipe(Effect.timeoutOption(Math.max(0, deadline.at - now)))
    if (Option.isNone(signal)) {
      if (!(yield* onDeadline(handle, deadline))) notIdleBefore = (yield* clock.now) + askAgainAfter
      continue
    }
    switch (signal.value._tag) {
      case "News":
        yield* handle.judge(factsOfVerdict)
        break
      case "Marker": {
        lostInARow = 0
        const facts = factsOfMarker(signal.value.marker)
        if (facts.length > 0) yield* handle.record(...facts)
        break
      }
      case "Exited":
        yield* onExit(handle, signal.value)
        break
      case "StreamLost":
        if (lostInARow === 0) {
          yield* handle.record({
            _tag: "Noted",
            code: "stream_lost",
            message: "The connection to the runner's output broke off; connecting again."
          })
        }
        yield* reconnect(handle, streams, lostInARow)
        lostInARow += 1
    }
  }
}, Effect.scoped)
