// From a claimed request to a running runner: still wanted, create, register, upload, start.
//
// Answers for: the order of the steps (create first, then register: a deferral by E2B must not leave a
// registration behind), naming the stage of each, and knowing after every failure whether something may be left
// outside. Not for following the runner (Watching.ts) nor for removing anything (CleanUp.ts).
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { jobHeld } from "../domain/Demand.ts"
import { Deferred, Fatal, ofGitHubError, Retryable } from "../domain/Disposition.ts"
import type { GitHubError } from "../domain/GitHubError.ts"
import { covers } from "../domain/Labels.ts"
import type { RunnerRequest, Stage } from "../domain/RunnerRequest.ts"
import type { RunnerSpec } from "../domain/RunnerSpec.ts"
import type { SandboxError } from "../domain/SandboxError.ts"
import * as SandboxMetadata from "../domain/SandboxMetadata.ts"
import { traceIdOf } from "../domain/TraceContext.ts"
import { Config } from "../services/config/Config.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { RunnerProcess, SandboxAccess } from "../services/sandbox/SandboxTypes.ts"
import { startCommand, startFiles } from "../services/sandbox/StartScript.ts"
import { Instance } from "../services/store/Instance.ts"
import { SpecStore } from "../services/store/SpecStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { attemptFailed, type Failure } from "./Attempt.ts"
import { createRefused, createSucceeded, mayCreate } from "./CreateLimits.ts"
import { wasInterrupted } from "./Interrupted.ts"
import { refreshOwnJob } from "./JobCheck.ts"
import { NodeLease } from "./NodeLease.ts"
import { register } from "./Registration.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import type { Started } from "./Watching.ts"
import { factsBeforeRunner, factsBeforeSandbox } from "./VerdictFacts.ts"

/**
 * Whether there is reason to think that what we know of the request's job is old. Having waited is none, however long: an end
 * that no event told of is found by Reconciler.ts, for all waiting jobs of a run by one call.
 */
const mayBeStale = Effect.fnUntraced(function* (request: RunnerRequest) {
  const { startedAt } = yield* NodeLease
  const replacement = request.id !== String(request.jobId)
  const held = request.lastErrorCode === jobHeld.code
  return replacement || request.attempt > 0 || held || wasInterrupted(request) || request.queuedAt < startedAt
})

/** E2B's refusals after which no sandbox can exist. After any other failure one may. */
const nothingCreated: ReadonlySet<SandboxError["reason"]["_tag"]> = new Set([
  "PlacementFailed",
  "ConcurrencyLimited",
  "RateLimited",
  "NoCompatibleNode",
  "TemplateUnusable",
  "BadRequest",
  "Unauthorized",
  "Forbidden"
])

/** Ends provisioning: the attempt's end is already recorded. */
class AttemptEnded {
  readonly _tag = "AttemptEnded"
}

const endAttempt = Effect.fnUntraced(function* (handle: RequestHandle, stage: Stage, failure: Failure, clean: boolean) {
  yield* handle.record(yield* attemptFailed(handle.current(), stage, failure, clean))
  return yield* Effect.fail(new AttemptEnded())
})

/** A look at GitHub that fails for a passing reason spends no attempt: the job is taken to wait still (E-76). */
const unspent = (error: GitHubError) => {
  const disposition = ofGitHubError(error)
  return disposition._tag === "Retryable"
    ? new Deferred({ code: disposition.code, message: disposition.message })
    : disposition
}

/** Fails with AttemptEnded when no job waits for this runner any more. */
const stillWanted = Effect.fnUntraced(function* (handle: RequestHandle) {
  const request = handle.current()
  if (yield* mayBeStale(request)) {
    yield* refreshOwnJob(request).pipe(
      Effect.catchTag("GitHubError", (error) => endAttempt(handle, "github_job_status", unspent(error), true))
    )
  } else if (request.factsVersion === 0) {
    // Whoever learns something of its job raises the version: of this one nothing is known but that it waits.
    return
  }
  const held = yield* attemptFailed(request, "github_job_status", jobHeld, true)
  yield* handle.judge((verdict) => (verdict._tag === "Held" ? [held] : factsBeforeSandbox(verdict, request)))
  if (handle.current().status !== "creating") return yield* Effect.fail(new AttemptEnded())
})

/** Like `stillWanted`, once a sandbox exists; looks only when there is news. */
const wantedSoFar = Effect.fnUntraced(function* (handle: RequestHandle) {
  const news = yield* Queue.clear(handle.mailbox)
  if (news.length === 0) return
  yield* handle.judge(factsBeforeRunner)
  if (handle.current().status !== "creating") return yield* Effect.fail(new AttemptEnded())
})

/** Why a spec that has changed since admission serves the request no more; null: it does. */
const noLongerServes = (spec: RunnerSpec, request: RunnerRequest) => {
  if (!spec.enabled) {
    const message = `Runner spec "${spec.name}" is disabled; enable it, or have another one serve the job, and retry.`
    return new Fatal({ code: "spec_disabled", message })
  }
  if (covers(spec.labels, request.requestedLabels)) return null
  const message = `Runner spec "${spec.name}" has lost labels that the job asks for; give them back, or have another one serve the job, and retry.`
  return new Fatal({ code: "spec_labels_not_matched", message })
}

const templateOf = Effect.fnUntraced(function* (handle: RequestHandle) {
  const request = handle.current()
  const name = request.specName ?? ""
  const spec = Option.getOrNull(yield* (yield* SpecStore).get(name))
  const message = `Runner spec "${name}" no longer exists; create it again or re-run the job to have it matched anew.`
  const unusable = spec === null ? new Fatal({ code: "spec_not_found", message }) : noLongerServes(spec, request)
  if (spec === null || unusable !== null) return yield* endAttempt(handle, "spec_lookup", unusable!, true)
  return spec.templateId
})

/** After an unclear answer: the sandbox of this very claim, if E2B made it all the same. */
const findCreated = Effect.fnUntraced(function* (request: RunnerRequest) {
  const sandboxes = yield* Sandboxes
  const instance = yield* Instance
  const found = yield* sandboxes.list(SandboxMetadata.ofClaim(instance.id, request))
  return found[0] === undefined ? Option.none() : Option.some(yield* sandboxes.get(found[0].sandboxId))
})

const createSandbox = Effect.fnUntraced(function* (handle: RequestHandle, template: string) {
  const sandboxes = yield* Sandboxes
  const instance = yield* Instance
  const { e2b } = yield* Config
  const request = handle.current()
  yield* mayCreate.pipe(Effect.catchTag("Deferred", (hold) => endAttempt(handle, "sandbox_create", hold, true)))
  return yield* sandboxes
    .create({
      template,
      timeoutSeconds: Duration.toSeconds(e2b.timeout),
      metadata: SandboxMetadata.ofClaim(instance.id, request)
    })
    .pipe(
      Effect.tapError((error) => createRefused(request, error)),
      Effect.catchTag("SandboxError", (error) =>
        nothingCreated.has(error.reason._tag)
          ? endAttempt(handle, "sandbox_create", error, true)
          : findCreated(request).pipe(
              Effect.catch(() => endAttempt(handle, "sandbox_create", error, false)),
              Effect.flatMap((found) =>
                Option.isSome(found)
                  ? Effect.succeed<SandboxAccess>(found.value)
                  : endAttempt(handle, "sandbox_create", error, false)
              )
            )
      )
    )
})

/**
 * Gives the running process, followed until the scope closes, or none when the attempt ended on the way; the
 * request then says how. Fails only when the store or the lease fails.
 */
export const provision = Effect.fnUntraced(function* (handle: RequestHandle) {
  const sandboxes = yield* Sandboxes
  const config = yield* Config
  const clock = yield* StoreClock
  return yield* Effect.gen(function* () {
    yield* stillWanted(handle)
    const template = yield* templateOf(handle)
    // E2B counts from a moment later than this one.
    const endsAt = (yield* clock.now) + Duration.toMillis(config.e2b.timeout)
    const access = yield* createSandbox(handle, template)
    yield* handle.record({ _tag: "SandboxCreated", sandboxId: access.sandboxId, endsAt })
    yield* createSucceeded
    yield* wantedSoFar(handle)

    const { mode, runnerId } = yield* register(handle).pipe(
      Effect.catchTag("GitHubError", (error) => endAttempt(handle, "github_registration", error, false))
    )
    yield* handle.record({ _tag: "RunnerRegistered", runnerId })
    yield* wantedSoFar(handle)
    const request = handle.current()
    const input = {
      requestId: request.id,
      sandboxId: access.sandboxId,
      runnerName: request.runnerName ?? request.id,
      traceId: traceIdOf(request.traceContext),
      mode
    }
    const process: RunnerProcess = yield* Effect.gen(function* () {
      for (const file of startFiles(input)) yield* sandboxes.writeFile(access, file.path, file.content)
      return yield* sandboxes.start(access, { command: startCommand, envs: {} })
    }).pipe(
      Effect.timeoutOrElse({
        duration: config.e2b.createTimeout,
        orElse: () =>
          Effect.fail(
            new Retryable({
              code: "runner_start_timeout",
              message: "The sandbox did not start the runner within e2b.create_timeout_seconds."
            })
          )
      }),
      Effect.catch((failure) => endAttempt(handle, "runner_start", failure, false))
    )
    yield* handle.record({ _tag: "RunnerStarted", pid: process.pid })
    return Option.some<Started>({ process, access })
  }).pipe(Effect.catchTag("AttemptEnded", () => Effect.succeed(Option.none<Started>())))
})
