// Following a running runner until it has to be removed.
//
// Answers for: what markers and facts mean for the request. Its process's end is in RunnerExit.ts, deadlines in
// RunnerDeadlines.ts, the connection in RunnerStream.ts. Not for removing anything: it ends as soon as the request is no
// longer `running`. Gotcha: a runner that is known to have a job is stopped only by its time limit, or because GitHub says
// that the job is over.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { RequestFact } from "../domain/RequestFact.ts"
import { noPauses, runnerDeadline } from "../domain/RunnerDeadline.ts"
import { isRunnerVersion } from "../domain/RunnerRelease.ts"
import { hasTakenJob } from "../domain/RunnerRequest.ts"
import { Config } from "../services/config/Config.ts"
import type { MarkerEvent } from "../services/sandbox/RunnerMarkers.ts"
import type { RunnerProcess, SandboxAccess } from "../services/sandbox/SandboxTypes.ts"
import { RunnerVersionStore } from "../services/store/RunnerVersionStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { RequestHandle, Signal } from "./RequestHandle.ts"
import { letListen } from "./ListenGo.ts"
import { patienceOf } from "../services/Patience.ts"
import { onDeadline } from "./RunnerDeadlines.ts"
import { onExit } from "./RunnerExit.ts"
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

/** What cannot be noted now is noted by the next runner. */
const noteVersion = Effect.fnUntraced(function* (handle: RequestHandle, version: string) {
  const { specName } = handle.current()
  if (specName === null || !isRunnerVersion(version)) return
  yield* (yield* RunnerVersionStore).seen(specName, version).pipe(Effect.ignore({ log: true }))
})

/** What provisioning hands on: the process, followed until the scope closes, and how to reach its sandbox. */
export interface Started {
  readonly process: RunnerProcess
  readonly access: SandboxAccess
}

/** Ends when the request is no longer `running`. `started`: just now; none means to connect to it. */
export const watch = Effect.fnUntraced(function* (handle: RequestHandle, started: Option.Option<Started>) {
  const clock = yield* StoreClock
  const stream = yield* RunnerStream.make(handle, Option.getOrUndefined(started)?.access)
  const errorsSeen = new Set<string>()
  const patience = patienceOf(yield* Config)
  let pauses = noPauses

  const hear = Effect.fnUntraced(function* (signal: Signal) {
    switch (signal._tag) {
      case "News":
        yield* handle.judge(factsOfVerdict)
        return
      case "Marker": {
        const { marker } = signal
        const access = stream.access()
        if (marker._tag === "RunnerError") yield* onRunnerError(handle, errorsSeen, marker)
        else if (marker._tag === "Registered" && access !== undefined) yield* letListen(handle, access)
        else if (marker._tag === "RunnerVersion") yield* noteVersion(handle, marker.version)
        else yield* handle.record(...factsOfMarker(marker))
        return
      }
      case "Exited":
        yield* onExit(handle, signal)
        return
      case "StreamLost":
        yield* stream.scheduleReconnect
        return
      case "Reconnect":
        yield* stream.connect
    }
  })

  yield* Option.isSome(started) ? RunnerOutput.follow(handle, started.value.process) : stream.connect
  // Facts may have arrived between the claim and now.
  yield* handle.judge(factsOfVerdict)

  while (handle.held() && handle.current().status === "running") {
    const deadline = runnerDeadline(handle.current(), patience, pauses)
    const now = yield* clock.now
    const waited = !hasTakenJob(handle.current())
    const signal = yield* Queue.take(handle.mailbox).pipe(Effect.timeoutOption(Math.max(0, deadline.at - now)))
    if (Option.isNone(signal)) pauses = yield* onDeadline(handle, deadline, pauses)
    else yield* hear(signal.value)
    // What was said of a runner without a job says nothing of how long a job may take.
    const extended = Option.isNone(signal) && deadline.kind === "extend"
    if (waited && hasTakenJob(handle.current()) && !extended) pauses = noPauses
  }
}, Effect.scoped)
