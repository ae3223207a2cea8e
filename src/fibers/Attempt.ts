// Turning the failure of one step into the fact that ends the attempt.
//
// Answers for: the disposition of any failure, the due time of the next attempt, and never losing a failure.
// Not for what the fact makes of the row (RequestLifecycle.ts).
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { askedDelayOf, delayMillis } from "../domain/Backoff.ts"
import { type Disposition, ofGitHubError, ofSandboxError } from "../domain/Disposition.ts"
import { GitHubError } from "../domain/GitHubError.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import type { RunnerRequest, Stage } from "../domain/RunnerRequest.ts"
import { SandboxError } from "../domain/SandboxError.ts"
import { Config } from "../services/config/Config.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { notBefore } from "./Waiting.ts"

export type Failure = SandboxError | GitHubError | Disposition

export const dispositionOf = (failure: Failure): Disposition =>
  failure._tag === "SandboxError"
    ? ofSandboxError(failure)
    : failure._tag === "GitHubError"
      ? ofGitHubError(failure)
      : failure

/** When to try again: a little after what the outside asked for, or the backoff after `tries` tries. */
const dueAfter = Effect.fnUntraced(function* (disposition: Disposition, tries: number) {
  const { worker } = yield* Config
  const now = yield* (yield* StoreClock).now
  const until = disposition._tag === "Deferred" ? notBefore(disposition, now) : undefined
  if (until !== undefined) return now + askedDelayOf(Math.max(0, until - now), yield* Random.next)
  return now + (yield* delayMillis({ base: worker.retryBaseDelay, max: worker.retryMaxDelay }, tries))
})

/** `clean`: nothing of the attempt is left outside. */
export const attemptFailed = Effect.fnUntraced(function* (
  request: RunnerRequest,
  stage: Stage,
  failure: Failure,
  clean: boolean
) {
  const { worker } = yield* Config
  const disposition = dispositionOf(failure)
  return {
    _tag: "AttemptFailed",
    stage,
    disposition,
    dueAt: yield* dueAfter(disposition, disposition._tag === "Deferred" ? request.deferrals : request.attempt),
    maxAttempts: worker.retryMaxAttempts,
    clean
  } satisfies RequestFact
})

/** When to clean up again. */
export const cleanupDueAt = (request: RunnerRequest, disposition: Disposition) =>
  dueAfter(disposition, request.cleanupAttempt)
