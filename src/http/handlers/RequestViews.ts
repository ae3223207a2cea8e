// A request, its job and its timeline as the API shows them.
import type { Reason } from "../../domain/Explanation.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { traceIdOf } from "../../domain/TraceContext.ts"
import type { TimelineEntry } from "../../domain/Timeline.ts"
import type { JobRow } from "../../services/store/JobRow.ts"
import type { ListedRequestView, RunnerRequestView, TimelineEntryView } from "../api/RequestsApi.ts"
import { optionalTime, time } from "./Times.ts"

/** The job's page, with its pull request when there is one, so that GitHub shows the way back. */
const jobUrl = (job: JobRow | undefined): string | null => {
  if (job?.url === undefined || job.url === null) return null
  if (job.pullRequestNumber === null || job.url.includes("pr=")) return job.url
  return `${job.url}${job.url.includes("?") ? "&" : "?"}pr=${job.pullRequestNumber}`
}

export const requestView = (request: RunnerRequest, job: JobRow | undefined): RunnerRequestView => ({
  id: request.id,
  status: request.status,
  stage: request.stage,
  repository_full_name: request.repository,
  requested_labels: request.requestedLabels,
  runner_spec_name: request.specName,
  runner_group: request.runnerGroup,
  runner_name: request.runnerName,
  sandbox_id: request.sandboxId,
  process_pid: request.pid,
  workflow_job_id: request.jobId,
  workflow_run_id: job?.runId ?? null,
  workflow_name: job?.workflowName ?? null,
  job_name: job?.name ?? null,
  github_job_url: jobUrl(job),
  pull_request_number: job?.pullRequestNumber ?? null,
  intake_path: job?.path ?? null,
  assigned_job_id: request.assignedJobId,
  assigned_job_name: request.assignedJobName,
  error: request.error,
  failure_stage: request.failureStage,
  failure_reason: request.failureReason,
  last_error_code: request.lastErrorCode,
  last_error_message: request.lastErrorMessage,
  last_error_retryable: request.lastErrorClass === null ? null : request.lastErrorClass !== "fatal",
  retry_count: request.attempt,
  created_at: time(request.queuedAt),
  updated_at: time(request.updatedAt),
  last_attempt_at: optionalTime(request.lastAttemptAt),
  next_retry_at: optionalTime(request.status === "stopping" ? request.cleanupDueAt : request.dueAt),
  creating_at: optionalTime(request.creatingAt),
  running_at: optionalTime(request.runningAt),
  ready_at: optionalTime(request.readyAt),
  assigned_at: optionalTime(request.assignedAt),
  stopping_at: optionalTime(request.stoppingAt),
  completed_at: optionalTime(request.completedAt),
  failed_at: optionalTime(request.failedAt),
  stop_asked_at: optionalTime(request.stopAskedAt),
  stop_asked_by: request.stopAskedBy,
  stop_reason: request.stopReason,
  trace_id: traceIdOf(request.traceContext),
  lease_owner: request.owner,
  version: request.fence
})

export const reasonView = ({ code, message, until }: Reason) => ({ code, message, until: optionalTime(until) })

/** As the list has it: with the one reason why it waits. */
export const listedView = (
  request: RunnerRequest,
  job: JobRow | undefined,
  waiting: Reason | null
): ListedRequestView => ({
  ...requestView(request, job),
  waiting: waiting === null ? null : reasonView(waiting)
})

export const timelineView = (entry: TimelineEntry): TimelineEntryView => ({
  at: time(entry.at),
  code: entry.code,
  message: entry.message,
  stage: entry.stage
})

/** The control log: the timeline as lines of text. */
export const controlLog = (entries: ReadonlyArray<TimelineEntry>): string =>
  entries.map((entry) => `${time(entry.at)} ${entry.code}: ${entry.message}\n`).join("")

/** How much of a log is shown, from its end, unless more is asked for. */
export const logCharacters = 256 * 1024
