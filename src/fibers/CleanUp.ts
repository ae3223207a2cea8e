// Removing what a request has outside: its sandbox at E2B and its registration at GitHub.
//
// Answers for: the order, and trying until both are gone. An idle runner loses its registration first: GitHub
// refuses that while it runs a job, which makes it the atomic question "are you idle?". Every other runner, and one
// that was never started or has ended, loses its sandbox first.
// Gotchas: GitHub removes an ephemeral runner by itself when its job completes, so a `completed` event that names
// the runner saves the call. A busy registration whose sandbox is dead is tried without limit, but a next attempt does not
// wait for it: a job that was sent to a runner as it died needs another one, and the dead one's registration goes with that.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { Verdict } from "../domain/Demand.ts"
import { isOutOfReach, type GitHubError } from "../domain/GitHubError.ts"
import { hasTakenJob, isRegistered } from "../domain/RunnerRequest.ts"
import { ofRequest as targetOf } from "../domain/RunnerTarget.ts"
import type { SandboxError } from "../domain/SandboxError.ts"
import * as SandboxMetadata from "../domain/SandboxMetadata.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import { Instance } from "../services/store/Instance.ts"
import type { LeaseLost } from "../services/store/RequestStore.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import { cleanupDueAt, dispositionOf } from "./Attempt.ts"
import { wasInterrupted } from "./Interrupted.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import { factsWhileRemoving } from "./VerdictFacts.ts"

/** How long to wait for the event that says a runner's job is over before GitHub is asked about its registration. */
const completionGrace = "10 seconds"

/** Ownership is looked at just before anything is destroyed: a node that wakes up stale touches nothing. */
const stillOurs = (handle: RequestHandle) => handle.judge((verdict) => factsWhileRemoving(verdict, handle.current()))

const removeSandboxes = Effect.fnUntraced(function* (handle: RequestHandle) {
  yield* stillOurs(handle)
  const sandboxes = yield* Sandboxes
  const instance = yield* Instance
  const { fence, id, sandboxId } = handle.current()
  if (sandboxId !== null) {
    yield* sandboxes.kill(sandboxId)
    return
  }
  const found = yield* sandboxes.list(SandboxMetadata.ofRequest(instance.id, id))
  // Of later claims only a database that was restored does not know; those are the sweep's.
  const known = found.filter((sandbox) => SandboxMetadata.fence(sandbox.metadata) <= fence)
  yield* Effect.forEach(known, (sandbox) => sandboxes.kill(sandbox.sandboxId), { discard: true })
})

type Registration = "removed" | "absent"

/** Removes the runner of this name, if GitHub has it. */
const removeNamed = Effect.fnUntraced(function* (handle: RequestHandle, runnerName: string) {
  const github = yield* GitHub
  const target = targetOf(handle.current().repository, handle.current().runnerGroup)
  const runner = yield* github.findRunner(target, runnerName)
  if (Option.isNone(runner)) return "absent" satisfies Registration
  yield* github.deleteRunner(target, runner.value.id)
  return "removed" satisfies Registration
})

const removeRegistration = Effect.fnUntraced(function* (
  handle: RequestHandle
): Effect.fn.Return<Registration, GitHubError | StoreError | LeaseLost, GitHub> {
  const { repository, runnerGroup, runnerId, runnerName } = handle.current()
  if (runnerName === null) return "absent"
  yield* stillOurs(handle)
  if (runnerId === null) return yield* removeNamed(handle, runnerName)
  yield* (yield* GitHub).deleteRunner(targetOf(repository, runnerGroup), runnerId)
  return "removed"
})

const failed = Effect.fnUntraced(function* (
  handle: RequestHandle,
  stage: "sandbox_stop" | "github_cleanup",
  error: SandboxError | GitHubError
) {
  const disposition = dispositionOf(error)
  const dueAt = yield* cleanupDueAt(handle.current(), disposition)
  yield* handle.record({ _tag: "CleanupFailed", stage, message: disposition.message, dueAt })
  return false
})

const sandboxStep = Effect.fnUntraced(function* (handle: RequestHandle) {
  if (!handle.current().sandboxMayExist) return true
  return yield* removeSandboxes(handle).pipe(
    Effect.andThen(handle.record({ _tag: "SandboxRemoved" })),
    Effect.as(true),
    Effect.catchTag("SandboxError", (error) => failed(handle, "sandbox_stop", error))
  )
})

const isOver = (verdict: Verdict) => verdict._tag === "JobOver"

/** Whether GitHub has said that this runner's job is over; gives the event a moment to arrive. */
const jobIsOver = Effect.fnUntraced(function* (handle: RequestHandle) {
  if (isOver(yield* stillOurs(handle))) return true
  if (!hasTakenJob(handle.current())) return false
  return yield* Queue.take(handle.mailbox).pipe(
    Effect.andThen(stillOurs(handle)),
    Effect.repeat({ until: isOver }),
    Effect.timeoutOption(completionGrace),
    Effect.map(Option.isSome)
  )
})

/** What to do when GitHub says that the runner runs a job. */
type BusyMeans = "withdraw" | "again" | "leave"

/** False: recorded what has to happen next. */
const registrationStep = (handle: RequestHandle, busyMeans: BusyMeans) =>
  removeRegistration(handle).pipe(
    Effect.catchTag("GitHubError", (error) => {
      if (isOutOfReach(error)) {
        return handle
          .record({
            _tag: "Noted",
            code: "note",
            message: "The runner's registration could not be looked up: the repository is gone or out of reach."
          })
          .pipe(Effect.as<Registration | false>("removed"))
      }
      if (error.reason._tag === "RunnerBusy" && busyMeans === "withdraw") {
        return handle.record({ _tag: "RunnerBusy" }).pipe(Effect.as<Registration | false>(false))
      }
      if (error.reason._tag === "RunnerBusy" && busyMeans === "leave") {
        return handle.record({ _tag: "RegistrationLeft" }).pipe(Effect.as<Registration | false>("removed"))
      }
      return failed(handle, "github_cleanup", error).pipe(Effect.as<Registration | false>(false))
    })
  )

/** Whether nothing of an earlier attempt is left at GitHub. */
const leftStep = Effect.fnUntraced(function* (handle: RequestHandle) {
  const { leftRunnerName, runnerName } = handle.current()
  if (leftRunnerName === null || leftRunnerName === runnerName) return true
  return yield* removeNamed(handle, leftRunnerName).pipe(
    Effect.andThen(handle.record({ _tag: "LeftRegistrationRemoved" })),
    Effect.as(true),
    Effect.catchTag("GitHubError", (error) =>
      isOutOfReach(error) ? Effect.succeed(true) : failed(handle, "github_cleanup", error)
    )
  )
})

/** Ends with the request finished, requeued, running again, or given up until its due time. */
export const cleanUp = Effect.fnUntraced(function* (handle: RequestHandle) {
  yield* stillOurs(handle)
  const request = handle.current()
  const registered = request.stage !== "sandbox_create"
  // Before the runner's start nothing in the sandbox can take a job, so it need not wait for GitHub's word. Nor can a runner
  // that registers by token, until it is told to listen. What was interrupted may have come further than a restored database knows.
  const mayWork = (isRegistered(request) || wasInterrupted(request)) && request.exitedAt === null
  // What an operator wants stopped is stopped also while it runs a job.
  const followed = mayWork && request.stopAskedAt === null
  const mayBeIdle = followed && request.sandboxMayExist && !hasTakenJob(request)
  const idle = mayBeIdle && !(yield* jobIsOver(handle))
  if (idle) {
    // Without a process to follow again, a busy runner is left to finish and looked at later.
    const registration = yield* registrationStep(handle, request.pid === null ? "again" : "withdraw")
    if (registration === false) return
    if (!(yield* sandboxStep(handle))) return
    // A runner that was just starting may have registered between that look and the end of its sandbox.
    if (registration === "absent" && !(yield* registrationStep(handle, "again"))) return
  } else if (!(yield* sandboxStep(handle))) return
  // There is room for one name that is left, so the earlier goes first.
  if (!(yield* leftStep(handle))) return
  // Its sandbox is gone by now, and its runner with it, whatever GitHub says.
  const busyMeans = handle.current().outcome === "requeue" ? "leave" : "again"
  if (!idle && registered && !(yield* jobIsOver(handle)) && !(yield* registrationStep(handle, busyMeans))) return
  yield* handle.record({ _tag: "CleanedUp" })
})
