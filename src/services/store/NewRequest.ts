// The row a request begins as: queued when admitted, failed with the reason when refused, and the replacement of
// a request whose runner was given another job.
import type { Admission } from "../../domain/Admission.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { traceIdOf } from "../../domain/TraceContext.ts"
import type { JobFacts } from "../../domain/WorkflowJob.ts"

/** What differs between new requests; all else begins empty. */
type Beginning = Pick<
  RunnerRequest,
  | "id"
  | "jobId"
  | "repository"
  | "specName"
  | "pool"
  | "requestedLabels"
  | "labels"
  | "runnerGroup"
  | "traceContext"
  | "queuedAt"
>

/** The first sentence of its timeline, with the trace in which all the rest is told in detail. */
export const withTrace = (sentence: string, { traceContext }: Pick<RunnerRequest, "traceContext">): string => {
  const traceId = traceIdOf(traceContext)
  return traceId === null ? sentence : `${sentence} Its trace is ${traceId}.`
}

/** With nothing done for it yet. */
export const queuedRequest = (beginning: Beginning): RunnerRequest => ({
  ...beginning,
  source: "github_webhook",
  runnerName: null,
  runnerId: null,
  leftRunnerName: null,
  status: "queued",
  stage: null,
  attempt: 0,
  deferrals: 0,
  cleanupAttempt: 0,
  dueAt: null,
  cleanupDueAt: null,
  outcome: null,
  lastErrorClass: null,
  lastErrorCode: null,
  lastErrorMessage: null,
  lastErrorStage: null,
  failureStage: null,
  failureReason: null,
  error: null,
  sandboxId: null,
  sandboxEndsAt: null,
  sandboxMayExist: false,
  pid: null,
  assignedJobId: null,
  assignedJobName: null,
  stopAskedAt: null,
  stopAskedBy: null,
  stopReason: null,
  factsVersion: 0,
  handledVersion: 0,
  owner: null,
  fence: 0,
  retriedAt: null,
  lastAttemptAt: null,
  creatingAt: null,
  runningAt: null,
  mayListenAt: null,
  readyAt: null,
  assignedAt: null,
  exitedAt: null,
  stoppingAt: null,
  completedAt: null,
  failedAt: null,
  updatedAt: beginning.queuedAt
})

/** A refused job's row is born failed, so that no node can ever claim it (E-13). */
export const newRequest = (input: {
  readonly facts: JobFacts
  readonly admission: Admission
  readonly pool: string | null
  readonly now: number
  readonly traceContext: string
}): RunnerRequest => {
  const { admission, facts, now } = input
  const spec = admission._tag === "Admitted" ? admission.spec : null
  const request = queuedRequest({
    id: String(facts.jobId),
    jobId: facts.jobId,
    repository: facts.repository,
    specName: spec?.name ?? null,
    pool: input.pool,
    requestedLabels: facts.labels,
    labels: spec?.labels ?? [],
    runnerGroup: spec?.runnerGroup ?? null,
    traceContext: input.traceContext,
    queuedAt: now
  })
  if (admission._tag === "Admitted") return request
  return {
    ...request,
    status: "failed",
    lastErrorClass: "fatal",
    lastErrorCode: admission.code,
    lastErrorMessage: admission.message,
    lastErrorStage: "admission",
    failureStage: "admission",
    failureReason: admission.code,
    error: admission.message,
    failedAt: now
  }
}

/** `displaced`: an earlier request for the job, whose runner was given another one. `ordinal`: 2, 3, … */
export const replacementRequest = (
  displaced: RunnerRequest,
  job: JobFacts,
  ordinal: number,
  now: number,
  traceContext: string
) =>
  queuedRequest({
    id: `${job.jobId}-${ordinal}`,
    jobId: job.jobId,
    repository: job.repository,
    specName: displaced.specName,
    pool: displaced.pool,
    requestedLabels: job.labels,
    labels: displaced.labels,
    runnerGroup: displaced.runnerGroup,
    traceContext,
    queuedAt: now
  })
