// The request: our durable unit, one wanted runner.
//
// Answers for: its shape and the questions asked of a single row. Its life is in RequestLifecycle.ts, its
// storage in services/store/RequestStore.ts.
// Gotcha: all times are epoch milliseconds (UTC), absent is null.
import * as Schema from "effect/Schema"

export const RequestStatus = Schema.Literals(["queued", "creating", "running", "stopping", "completed", "failed"])
export type RequestStatus = typeof RequestStatus.Type

/** What runnerd is doing for the request, or was doing when it failed. */
export const Stage = Schema.Literals([
  "admission",
  "spec_lookup",
  "github_job_status",
  "sandbox_create",
  "github_registration",
  "runner_start",
  "runner_ready",
  "runner_exit",
  "sandbox_timeout",
  "recovery",
  "sandbox_stop",
  "github_cleanup"
])
export type Stage = typeof Stage.Type

/** What a request becomes once nothing of it is left outside. */
export const Outcome = Schema.Literals(["requeue", "completed", "failed"])
export type Outcome = typeof Outcome.Type

const Millis = Schema.NullOr(Schema.Finite)
const Text = Schema.NullOr(Schema.String)

export const RunnerRequest = Schema.Struct({
  /** The decimal job id, `<job id>-2` … for a replacement, or a manual id. */
  id: Schema.String,
  source: Schema.Literals(["github_webhook", "manual_api"]),
  /** The job that caused the request; null for a manual one. GitHub may give the runner another job. */
  jobId: Schema.NullOr(Schema.Finite),
  repository: Schema.String,
  specName: Text,
  /** What GitHub can exchange among runners: registration target, GitHub runner group, registered labels. */
  pool: Text,
  requestedLabels: Schema.Array(Schema.String),
  /** The labels the runner registers with: exactly the spec's. */
  labels: Schema.Array(Schema.String),
  /** GitHub runner group of the spec; null means a repository runner. */
  runnerGroup: Text,
  /** Name at GitHub, new for every claim: events are resolved by looking it up, never by parsing. */
  runnerName: Text,
  runnerId: Schema.NullOr(Schema.Finite),
  /** Name of an earlier attempt's runner that GitHub would not give up yet; removed with the next. */
  leftRunnerName: Text,
  status: RequestStatus,
  stage: Schema.NullOr(Stage),
  /** Attempts spent. A deferral spends none. */
  attempt: Schema.Int,
  /** Deferrals in a row: since a sandbox was created for it, or it was asked to be tried again. */
  deferrals: Schema.Int,
  /** Failed clean-ups in a row. */
  cleanupAttempt: Schema.Int,
  /** When the next attempt may begin; nobody claims a queued request before. */
  dueAt: Millis,
  /** While stopping: when to clean up again after a clean-up that failed. */
  cleanupDueAt: Millis,
  /** Set while stopping. */
  outcome: Schema.NullOr(Outcome),
  lastErrorClass: Schema.NullOr(Schema.Literals(["deferred", "retryable", "fatal"])),
  lastErrorCode: Text,
  lastErrorMessage: Text,
  lastErrorStage: Schema.NullOr(Stage),
  /** The first failure; a later one never replaces it. */
  failureStage: Schema.NullOr(Stage),
  failureReason: Text,
  error: Text,
  sandboxId: Text,
  /** When E2B ends the sandbox unless its life is extended. */
  sandboxEndsAt: Millis,
  /** Counts against the caps: true from the claim until the sandbox is known to be gone. */
  sandboxMayExist: Schema.Boolean,
  pid: Schema.NullOr(Schema.Finite),
  assignedJobId: Schema.NullOr(Schema.Finite),
  assignedJobName: Text,
  /** W3C traceparent of the delivery that caused the request. */
  traceContext: Text,
  stopAskedAt: Millis,
  stopAskedBy: Text,
  stopReason: Text,
  /** Raised by everyone who learns something about the request. */
  factsVersion: Schema.Int,
  /** The facts the owner has acted on. */
  handledVersion: Schema.Int,
  /** Incarnation of the node whose actor holds the request. */
  owner: Text,
  /** Goes up at each claim and guards every write. */
  fence: Schema.Int,
  queuedAt: Schema.Finite,
  /** When it was last asked to be tried again after it had failed: another life, with a trace and a wait of its own. */
  retriedAt: Millis,
  lastAttemptAt: Millis,
  creatingAt: Millis,
  runningAt: Millis,
  /** When a runner that registers by token was first told to listen. One with a JIT configuration is not told. */
  mayListenAt: Millis,
  readyAt: Millis,
  assignedAt: Millis,
  /** When the runner was seen to end by itself, so that no process of it can be left. */
  exitedAt: Millis,
  stoppingAt: Millis,
  completedAt: Millis,
  failedAt: Millis,
  updatedAt: Schema.Finite
})
export type RunnerRequest = typeof RunnerRequest.Type

export const isFinished = (request: Pick<RunnerRequest, "status">): boolean =>
  request.status === "completed" || request.status === "failed"

/** Whether its runner was registered, as far as we know. Until then GitHub cannot have given it a job. */
export const isRegistered = (request: Pick<RunnerRequest, "runnerId" | "mayListenAt">): boolean =>
  request.runnerId !== null || request.mayListenAt !== null

/** Whether the runner is known to have taken a job. */
export const hasTakenJob = (request: Pick<RunnerRequest, "assignedJobId" | "assignedJobName">): boolean =>
  request.assignedJobId !== null || request.assignedJobName !== null

/** What the names of all runners of an instance begin with, and those of no other. */
export const runnerNamePrefix = (instanceTag: string): string => `e2b-${instanceTag}-`

/**
 * The runner's name at GitHub: at most 64 characters, carries the instance's tag so that the sweeps know what
 * is ours, and the fence so that no two registrations ever share a name.
 */
export const runnerName = (instanceTag: string, requestId: string, fence: number): string =>
  `${runnerNamePrefix(instanceTag)}${requestId}-${fence}`

/** For a claim whose first name GitHub has already. */
export const nextRunnerName = (runnerName: string): string => `${runnerName}-b`
