// The life of a request: which facts may move it where, as data, and what each fact makes of the row.
//
// Answers for: every change an owner makes to a request. `decide` is pure and is the only place that says
// what a column becomes; the actor performs the effects, the store writes what is decided here.
// Not for: whether a request is still wanted (Demand.ts), nor what a failure of the outside means
// (Disposition.ts).
// Gotchas: terminal states are final, so a fact that arrives late is `Ignored`, never an error. A request goes
// back to `queued` or ends only once nothing of it is left outside; until then it is `stopping` and `outcome`
// says what it will become.
import type { Disposition } from "./Disposition.ts"
import { hasTakenJob, type Outcome, type RequestStatus, type RunnerRequest, type Stage } from "./RunnerRequest.ts"
import type { TimelineCode, TimelineEvent } from "./Timeline.ts"

/** Something that happened to a request, as its owner learnt it. */
export type RequestFact =
  | { readonly _tag: "Claimed"; readonly owner: string; readonly fence: number; readonly runnerName: string }
  | { readonly _tag: "SandboxCreated"; readonly sandboxId: string }
  /** `runnerId`: known with a JIT configuration only. */
  | { readonly _tag: "RunnerRegistered"; readonly runnerId: number | null }
  | { readonly _tag: "RunnerStarted"; readonly pid: number }
  | { readonly _tag: "RunnerReady" }
  | { readonly _tag: "JobAssigned"; readonly jobId: number | null; readonly jobName: string | null }
  | { readonly _tag: "Noted"; readonly code: TimelineCode; readonly message: string }
  /** Nothing outside yet, and nothing is wanted any more. */
  | { readonly _tag: "NotNeeded"; readonly message: string }
  /** An attempt failed. `clean`: nothing of it is left outside. `dueAt`: when to try again, if at all. */
  | {
      readonly _tag: "AttemptFailed"
      readonly stage: Stage
      readonly disposition: Disposition
      readonly dueAt: number
      readonly maxAttempts: number
      readonly clean: boolean
    }
  /** The runner has done its work, or is to be removed without anything having failed. */
  | { readonly _tag: "StopWanted"; readonly message: string }
  /** The runner is to be removed and that is a failure. */
  | { readonly _tag: "RunnerFailed"; readonly stage: Stage; readonly reason: string; readonly message: string }
  /** GitHub says that the idle runner we wanted to remove has just taken a job. */
  | { readonly _tag: "RunnerBusy" }
  | { readonly _tag: "SandboxRemoved" }
  | { readonly _tag: "CleanupFailed"; readonly stage: Stage; readonly message: string; readonly dueAt: number }
  | { readonly _tag: "CleanedUp" }
  /** The owner has nothing to do for it now and gives it up. */
  | { readonly _tag: "Released" }

export type FactTag = RequestFact["_tag"]

export interface Transition {
  readonly from: ReadonlyArray<RequestStatus>
  readonly fact: FactTag
  /** Where it may lead; the status it came from means that the status stays. */
  readonly to: ReadonlyArray<RequestStatus>
  readonly meaning: string
}

/** Every transition there is. A fact outside its row's `from` changes nothing. */
export const transitions: ReadonlyArray<Transition> = [
  { from: ["queued"], fact: "Claimed", to: ["creating"], meaning: "a node has room and provisions the runner" },
  {
    from: ["queued", "creating"],
    fact: "NotNeeded",
    to: ["completed"],
    meaning: "no job waits for it any more, and it has cost nothing"
  },
  { from: ["creating"], fact: "SandboxCreated", to: ["creating"], meaning: "E2B gave a sandbox" },
  {
    from: ["creating"],
    fact: "RunnerRegistered",
    to: ["creating"],
    meaning: "GitHub knows the runner; from here on it may take a job"
  },
  { from: ["creating"], fact: "RunnerStarted", to: ["running"], meaning: "the start command runs in the sandbox" },
  { from: ["running"], fact: "RunnerReady", to: ["running"], meaning: "the runner listens for jobs" },
  {
    from: ["running", "stopping"],
    fact: "JobAssigned",
    to: ["running", "stopping"],
    meaning: "the runner took a job, not necessarily the one that caused the request"
  },
  {
    from: ["queued", "creating", "running", "stopping"],
    fact: "Noted",
    to: ["queued", "creating", "running", "stopping"],
    meaning: "worth a line in the timeline, changes nothing"
  },
  {
    from: ["queued", "creating", "running"],
    fact: "AttemptFailed",
    to: ["queued", "stopping", "failed"],
    meaning:
      "deferred or retried while attempts are left, else failed; `stopping` first if anything may be left outside"
  },
  { from: ["creating", "running"], fact: "StopWanted", to: ["stopping"], meaning: "done, or not needed any more" },
  {
    from: ["creating", "running"],
    fact: "RunnerFailed",
    to: ["stopping"],
    meaning: "ended for a reason worth showing"
  },
  { from: ["stopping"], fact: "RunnerBusy", to: ["running"], meaning: "an idle stop lost the race with a job" },
  { from: ["stopping"], fact: "SandboxRemoved", to: ["stopping"], meaning: "the sandbox no longer counts" },
  { from: ["stopping"], fact: "CleanupFailed", to: ["stopping"], meaning: "to be cleaned up again at its due time" },
  {
    from: ["stopping"],
    fact: "CleanedUp",
    to: ["queued", "completed", "failed"],
    meaning: "nothing is left outside: it becomes its outcome"
  },
  { from: ["queued"], fact: "Released", to: ["queued"], meaning: "looked at because of news, and it still waits" }
]

const transitionOf = new Map(transitions.map((transition) => [transition.fact, transition]))

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
  sandboxId: null,
  sandboxMayExist: false,
  pid: null,
  runnerId: null,
  assignedJobId: null,
  assignedJobName: null,
  cleanupAttempt: 0,
  creatingAt: null,
  runningAt: null,
  readyAt: null,
  assignedAt: null,
  stoppingAt: null
}

const ended = (status: "completed" | "failed", now: number): RequestPatch => ({
  status,
  stage: null,
  outcome: null,
  owner: null,
  dueAt: null,
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

/**
 * What `fact` makes of `request` at `now` (epoch milliseconds). Total: a fact that its status does not allow is
 * `Ignored`.
 */
export const decide = (request: RunnerRequest, fact: RequestFact, now: number): Decision => {
  if (!transitionOf.get(fact._tag)!.from.includes(request.status)) return { _tag: "Ignored" }
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
        { sandboxId: fact.sandboxId, stage: "github_registration" },
        "sandbox_created",
        `E2B created sandbox ${fact.sandboxId}.`
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
    case "RunnerReady":
      return request.readyAt === null
        ? changed({ readyAt: now }, "runner_ready", "The runner listens for jobs.")
        : { _tag: "Ignored" }
    case "JobAssigned":
      return jobAssigned(request, fact, now)
    case "Noted":
      return changed({}, fact.code, fact.message)
    case "AttemptFailed":
      return attemptFailed(request, fact, now)
    case "StopWanted":
      return changed(stopping("completed", now), "stopping", fact.message)
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
          // The next attempt's, or the next clean-up's: a running request with a due time would not be adopted before it.
          dueAt: null,
          cleanupAttempt: 0,
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
        { cleanupAttempt: request.cleanupAttempt + 1, dueAt: fact.dueAt, owner: null },
        "cleanup_failed",
        fact.message,
        fact.stage
      )
    case "CleanedUp":
      return cleanedUp(request, now)
    case "Released":
      return changed({ owner: null })
  }
}
