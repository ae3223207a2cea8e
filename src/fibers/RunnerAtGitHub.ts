// What GitHub says of a request's runner.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ofRequest as targetOf } from "../domain/RunnerTarget.ts"
import { GitHub } from "../services/github/GitHub.ts"
import type { RequestHandle } from "./RequestHandle.ts"

/** `idle`: it listens for jobs. `offline`: it is registered. `unknown`: GitHub gave no answer, from which nothing follows. */
export type AtGitHub = "busy" | "idle" | "offline" | "gone" | "unknown"

/** It is registered, and works on nothing. */
export const isUnused = (there: AtGitHub): boolean => there === "idle" || there === "offline"

export const atGitHub = Effect.fn("RunnerAtGitHub.atGitHub")(function* (handle: RequestHandle) {
  const { repository, runnerGroup, runnerName } = handle.current()
  const answer = yield* (yield* GitHub)
    .findRunner(targetOf(repository, runnerGroup), runnerName ?? "")
    .pipe(Effect.option)
  if (Option.isNone(answer)) return "unknown" satisfies AtGitHub
  if (Option.isNone(answer.value)) return "gone" satisfies AtGitHub
  const { busy, status } = answer.value.value
  return (busy ? "busy" : status === "online" ? "idle" : "offline") satisfies AtGitHub
})
