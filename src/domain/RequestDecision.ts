// What each kind of fact makes of a request's columns, and what the timeline says of it.
//
// Answers for: the columns and the sentences, each once. Where a fact may lead is data in RequestLifecycle.ts, which is
// the only caller: it has checked that the request's status allows the fact.
// Gotcha: a request goes back to `queued` or ends only once nothing of it is left outside; until then it is `stopping`
// and `outcome` says what it will become.
import type { RequestFact } from "./RequestFact.ts"
import { hasTakenJob, type Outcome, type RunnerRequest, type Stage } from "./RunnerRequest.ts"
import type { TimelineCode, TimelineEvent } from "./Timeline.ts"

export type RequestPatch = { -readonly [K in keyof RunnerRequest]?: RunnerRequest[K] }

export type Decision =
  | { readonly _tag: "Changed"; readonly patch: RequestPatch; readonly events: ReadonlyArray<TimelineEvent> }
  | { readonly _tag: "Ignored" }

const changed = (patch: RequestPatch, code?: TimelineCode, message?: string, stage: Stage | null = null): Decision => ({
  _tag: "Changed",
  patch,
  events: code === undefined || message === undefined ? [] : [{ code, message, stage }]
})

/** Back in line, as if never tried, except for what was spent and learnt. */
const requeued: RequestPatch = {
  status: "queued",
  stage: null,
  outcome: null,
  owner: null,
  // The next attempt's is another: what the last one's did is not for this request any more.
  runnerName: null,
  sandboxId: null,
  sandboxEndsAt: null,
  sandboxMayExist: false,
  pid: null,
  runnerId: null,
  assignedJobId: null,
  assignedJobName: null,
  cleanupAttempt: 0,
  cleanupDueAt: null,
  creatingAt: null,
  runningAt: null,
  mayListenAt: null,
  readyAt: null,
  assignedAt: null,
  exitedAt: null,
  stoppingAt: null
}

const noLastError: RequestPatch = {
  lastErrorClass: null,
  lastErrorCode: null,
  lastErrorMessage: null,
  lastErrorStage: null
}

const ended = (status: "completed" | "failed", now: number): RequestPatch => ({
  status,
  stage: null,
  outcome: null,
  owner: null,
  dueAt: null,
  cleanupDueAt: null,
  sandboxMayExist: false,
  ...(status === "completed" ? { completedAt: now } : { failedAt: now })
})

const firstFailure = (request: RunnerRequest, stage: Stage, reason: string, message: string): RequestPatch =>
  request.failureStage === null ? { failureStage: stage, failureReason: reason, error: message } : {}

const stopping = (outcome: Outcome, now: number): RequestPatch => ({ status: "stopping", outcome, stoppingAt: now })

const attemptFailed = (
  request: RunnerRequest,
  fact: Extract<RequestFact, { _tag: "AttemptFailed" }>,
  now: number
): Decision => {
  const { disposition, stage } = fact
  const spent = disposition._tag === "Deferred" ? request.attempt : request.attempt + 1
  const again = disposition._tag === "Deferred" || (disposition._tag === "Retryable" && spent < fact.maxAttempts)
  const learnt: RequestPatch = {
    attempt: spent,
    deferrals: disposition._tag === "Deferred" ? request.deferrals + 1 : request.deferrals,
    lastErrorClass:
      disposition._tag === "Deferred" ? "deferred" : disposition._tag === "Retryable" ? "retryable" : "fatal",
    lastErrorCode: disposition.code,
    lastErrorMessage: disposition.message,
    lastErrorStage: stage
  }
  if (again) {
    const code = disposition._tag === "Deferred" ? "deferred" : "retry_scheduled"
    const next = fact.clean ? requeued : stopping("requeue", now)
    return changed({ ...learnt, ...next, dueAt: fact.dueAt }, code, disposition.message, stage)
  }
  const failure = firstFailure(request, stage, disposition.code, disposition.message)
  const next = fact.clean ? ended("failed", now) : { ...stopping("failed", now), dueAt: null }
  return changed({ ...learnt, ...failure, ...next }, "failed", disposition.message, stage)
}

/** Stands in until a fact or the runner's output names the job. */
const unnamedJob = "(not named yet)"

const jobAssigned = (
  request: RunnerRequest,
  fact: Extract<RequestFact, { _tag: "JobAssigned" }>,
  now: number
): Decision => {
  const jobId = request.assignedJobId ?? fact.jobId
  const named = request.assignedJobName !== null && request.assignedJobName !== unnamedJob
  const name = named ? request.assignedJobName : (fact.jobName ?? unnamedJob)
  if (jobId === request.assignedJobId && name === request.assignedJobName) return { _tag: "Ignored" }
  const patch = { assignedJobId: jobId, assignedJobName: name, assignedAt: request.assignedAt ?? now }
  if (hasTakenJob(request)) return changed(patch)
  const other = jobId !== null && request.jobId !== null && jobId !== request.jobId
  return changed(
    patch,
    "job_assigned",
    `The runner took job ${name}${other ? ", which another request was made for" : ""}.`
  )
}

/** While stopping only a next attempt can still be called off: a failure stays one. */
const stopWanted = (request: RunnerRequest, message: string, now: number): Decision => {
  if (request.status !== "stopping") return changed(stopping("completed", now), "stopping", message)
  if (request.outcome !== "requeue") return { _tag: "Ignored" }
  return changed({ outcome: "completed", dueAt: null }, "stopping", message)
}

/** As if it had just come, but for its place in line. A queued request is left alone while it waits for nothing. */
const retryAsked = (
  request: RunnerRequest,
  fact: Extract<RequestFact, { _tag: "RetryAsked" }>,
  now: number
): Decision => {
  if (request.status === "queued" && (request.dueAt === null || request.owner !== null)) return { _tag: "Ignored" }
  return changed(
    {
      ...requeued,
      ...fact.admitted,
      attempt: 0,
      deferrals: 0,
      dueAt: null,
      ...noLastError,
      failureStage: null,
      failureReason: null,
      error: null,
      stopAskedAt: null,
      stopAskedBy: null,
      stopReason: null,
      failedAt: null,
      retriedAt: request.status === "failed" ? now : request.retriedAt
    },
    "retry_asked",
    `Asked to be tried again by ${fact.by}; runner spec ${fact.admitted.specName ?? "unknown"} serves it.`
  )
}

const specDeleted = (
  request: RunnerRequest,
  { by, specName }: Extract<RequestFact, { _tag: "SpecDeleted" }>,
  now: number
): Decision => {
  const message = `Runner spec "${specName}" was deleted by ${by} while this request waited; create the spec again and retry, or retry to have the job matched anew.`
  return changed(
    {
      ...ended("failed", now),
      lastErrorClass: "fatal",
      lastErrorCode: "spec_not_found",
      lastErrorMessage: message,
      lastErrorStage: "spec_lookup",
      ...firstFailure(request, "spec_lookup", "spec_not_found", message)
    },
    "failed",
    message,
    "spec_lookup"
  )
}

const outcomeMessages: Record<Outcome, readonly [TimelineCode, string]> = {
  requeue: ["requeued", "Everything of the last attempt is removed; the request waits for its next one."],
  completed: ["completed", "Nothing is left at E2B or GitHub."],
  failed: ["failed", "Failed, and nothing is left at E2B or GitHub."]
}

const removedMessage = ({ sandboxId }: RunnerRequest): string =>
  sandboxId === null ? "E2B has no sandbox of this request." : `Sandbox ${sandboxId} is gone.`

const cleanedUp = (request: RunnerRequest, now: number): Decision => {
  const outcome = request.outcome ?? "completed"
  const [code, message] = outcomeMessages[outcome]
  return changed(outcome === "requeue" ? requeued : ended(outcome, now), code, message)
}

/** The decision for a fact that the request's status allows. */
export const decisionFor = (request: RunnerRequest, fact: RequestFact, now: number): Decision => {
  switch (fact._tag) {
    case "Claimed":
      return changed(
        {
          status: "creating",
          stage: "sandbox_create",
          owner: fact.owner,
          fence: fact.fence,
          runnerName: fact.runnerName,
          sandboxMayExist: true,
          dueAt: null,
          creatingAt: now,
          lastAttemptAt: now
        },
        "claimed",
        `Provisioning ${fact.runnerName}.`
      )
    case "NotNeeded":
      return changed(ended("completed", now), "not_needed", fact.message)
    case "SandboxCreated":
      return changed(
        { sandboxId: fact.sandboxId, sandboxEndsAt: fact.endsAt, stage: "github_registration", deferrals: 0 },
        "sandbox_created",
        `E2B created sandbox ${fact.sandboxId}.`
      )
    case "SandboxExtended":
      return changed(
        { sandboxEndsAt: fact.endsAt },
        "sandbox_extended",
        "E2B lets the sandbox live longer, because its runner works."
      )
    case "RunnerRenamed":
      return changed(
        { runnerName: fact.runnerName },
        "note",
        `GitHub has a runner named ${request.runnerName ?? "like this one"} already; this one is registered as ${fact.runnerName}.`
      )
    case "RunnerRegistered":
      return changed(
        { runnerId: fact.runnerId, stage: "runner_start" },
        "runner_registered",
        `GitHub gave a registration for ${request.runnerName ?? "the runner"}.`
      )
    case "RunnerStarted":
      return changed(
        { status: "running", pid: fact.pid, stage: null, runningAt: now },
        "runner_started",
        `The runner was started as process ${fact.pid}.`
      )
    case "RunnerMayListen":
      return request.mayListenAt === null ? changed({ mayListenAt: now }) : { _tag: "Ignored" }
    case "RunnerReady":
      return request.readyAt === null
        ? changed({ readyAt: now }, "runner_ready", "The runner listens for jobs.")
        : { _tag: "Ignored" }
    case "JobAssigned":
      return jobAssigned(request, fact, now)
    case "RunnerExited":
      return changed(fact.byItself ? { exitedAt: now } : {}, "runner_exited", `The runner process ended ${fact.how}.`)
    case "Noted":
      return changed({}, fact.code, fact.message)
    case "AttemptFailed":
      return attemptFailed(request, fact, now)
    case "StopWanted":
      return stopWanted(request, fact.message, now)
    case "RunnerFailed":
      return changed(
        { ...stopping("failed", now), ...firstFailure(request, fact.stage, fact.reason, fact.message) },
        "stopping",
        fact.message,
        fact.stage
      )
    case "RunnerBusy":
      return changed(
        {
          status: "running",
          outcome: null,
          // The next attempt's, which will not be.
          dueAt: null,
          cleanupAttempt: 0,
          cleanupDueAt: null,
          stoppingAt: null,
          failureStage: null,
          failureReason: null,
          error: null,
          assignedJobName: request.assignedJobName ?? unnamedJob,
          assignedAt: request.assignedAt ?? now
        },
        "stop_withdrawn",
        "The runner has just taken a job, so it stays."
      )
    case "SandboxRemoved":
      return changed({ sandboxMayExist: false }, "sandbox_removed", removedMessage(request))
    case "CleanupFailed":
      return changed(
        // Not the due time: that is the next attempt's, and what E2B or GitHub asked us to wait for stays true.
        { cleanupAttempt: request.cleanupAttempt + 1, cleanupDueAt: fact.dueAt, owner: null },
        "cleanup_failed",
        fact.message,
        fact.stage
      )
    case "RegistrationLeft":
      return changed(
        { leftRunnerName: request.runnerName },
        "note",
        "GitHub still counts on the runner, though it has ended; its registration is removed with the next one's."
      )
    case "LeftRegistrationRemoved":
      return changed({ leftRunnerName: null })
    case "CleanedUp":
      return cleanedUp(request, now)
    case "Released":
      return changed({ owner: null, ...(fact.due ? { dueAt: null, ...noLastError } : {}) })
    case "SpecDeleted":
      return specDeleted(request, fact, now)
    case "RetryAsked":
      return retryAsked(request, fact, now)
  }
}
