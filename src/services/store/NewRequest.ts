// The row a job's request begins as: queued when admitted, failed with the reason when refused.
import type { Admission } from "../../domain/Admission.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { JobFacts } from "../../domain/WorkflowJob.ts"

/** A refused job's row is born failed, so that no node can ever claim it (E-13). */
export const newRequest = (input: {
  readonly facts: JobFacts
  readonly admission: Admission
  readonly pool: string | null
  readonly now: number
  readonly traceContext: string | null
}): RunnerRequest => {
  const { admission, facts, now } = input
  const spec = admission._tag === "Admitted" ? admission.spec : null
  const refusal = admission._tag === "Refused" ? admission : null
  return {
    id: String(facts.jobId),
    source: "github_webhook",
    jobId: facts.jobId,
    repository: facts.repository,
    specName: spec?.name ?? null,
    pool: input.pool,
    requestedLabels: facts.labels,
    labels: spec?.labels ?? [],
    runnerGroup: spec?.runnerGroup ?? null,
    runnerName: null,
    runnerId: null,
    status: refusal === null ? "queued" : "failed",
    stage: null,
    attempt: 0,
    cleanupAttempt: 0,
    dueAt: null,
    outcome: null,
    lastErrorClass: refusal === null ? null : "fatal",
    lastErrorCode: refusal?.code ?? null,
    lastErrorMessage: refusal?.message ?? null,
    lastErrorStage: refusal === null ? null : "admission",
    failureStage: refusal === null ? null : "admission",
    failureReason: refusal?.code ?? null,
    error: refusal?.message ?? null,
    sandboxId: null,
    sandboxMayExist: false,
    pid: null,
    assignedJobId: null,
    assignedJobName: null,
    traceContext: input.traceContext,
    stopAskedAt: null,
    stopAskedBy: null,
    stopReason: null,
    factsVersion: 0,
    handledVersion: 0,
    owner: null,
    fence: 0,
    queuedAt: now,
    lastAttemptAt: null,
    creatingAt: null,
    runningAt: null,
    readyAt: null,
    assignedAt: null,
    stoppingAt: null,
    completedAt: null,
    failedAt: refusal === null ? null : now,
    updatedAt: now
  }
}
