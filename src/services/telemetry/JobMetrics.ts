// What a fact about a job counts for.
//
// Answers for: each job counting once in each counter whatever the order of its facts and however often they come: what
// is counted is a step that the merged facts take, and they only move forward (domain/WorkflowJob.ts).
// Not for jobs that are none of our requests' and run on none of our runners.
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { type JobFacts, rank } from "../../domain/WorkflowJob.ts"
import type { JobLabel } from "./Metric.ts"
import type { MetricsShape } from "./Metrics.ts"
import { unassigned } from "./RequestMetrics.ts"

const unknown = "unknown"

/** GitHub's conclusions; another one is no label of its own. */
const conclusions = new Set([
  "success",
  "failure",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
  "neutral",
  "stale",
  "startup_failure"
])

const conclusionOf = ({ conclusion }: JobFacts): string => {
  const said = conclusion?.toLowerCase() ?? unknown
  return said === unknown || conclusions.has(said) ? said : "other"
}

const labelsOf = (facts: JobFacts, spec: string | null): Record<JobLabel, string> => {
  const [owner = "", name = ""] = facts.repository.split("/", 2)
  return {
    repository_full_name: facts.repository,
    repository: name,
    owner,
    workflow_name: facts.workflowName ?? unknown,
    job_name: facts.name === "" ? (facts.runnerName ?? unknown) : facts.name,
    spec: spec ?? unassigned,
    head_branch: facts.headBranch ?? "",
    runs_on: facts.labels.join(",")
  }
}

/** A job that was cancelled before a runner took it has completed without having started. */
const hasStarted = (facts: JobFacts): boolean =>
  rank(facts.status) === 1 || (rank(facts.status) === 2 && facts.runnerName !== null)

/** By GitHub's clock. A job that waited for approval queues from then on, which only its queued facts tell. */
const queuedAt = (known: JobFacts | undefined, facts: JobFacts): number | null =>
  known?.status === "queued" && known.observedAt > 0 ? known.observedAt : facts.createdAt

/** A job became a request, or was refused. */
export const countQueued = (metrics: MetricsShape, facts: JobFacts, request: RunnerRequest): void =>
  metrics.count("github_workflow_jobs_queued_total", labelsOf(facts, request.specName))

/** News about a job of ours: from what was known to what is known now. */
export const countProgress = (
  metrics: MetricsShape,
  known: JobFacts | undefined,
  facts: JobFacts,
  request: RunnerRequest
): void => {
  const started = hasStarted(facts) && !(known !== undefined && hasStarted(known))
  const completed = rank(facts.status) === 2 && (known === undefined || rank(known.status) < 2)
  if (!started && !completed) return
  const labels = labelsOf(facts, request.specName)
  if (started) {
    metrics.count("github_workflow_jobs_started_total", labels)
    const from = queuedAt(known, facts)
    if (from !== null && facts.startedAt !== null) {
      metrics.observe("github_workflow_job_queue_duration_seconds", labels, (facts.startedAt - from) / 1000)
    }
  }
  if (completed) {
    const job_conclusion = conclusionOf(facts)
    metrics.count("github_workflow_jobs_completed_total", labels)
    metrics.count("github_workflow_job_conclusions_total", { ...labels, job_conclusion })
    if (hasStarted(facts) && facts.startedAt !== null && facts.completedAt !== null) {
      const seconds = (facts.completedAt - facts.startedAt) / 1000
      metrics.observe("github_workflow_job_run_duration_seconds", { ...labels, job_conclusion }, seconds)
    }
    if (job_conclusion === "failure") {
      const cause = { stage: request.failureStage ?? "none", reason: request.failureReason ?? "none" }
      metrics.count("github_workflow_job_failures_total", { ...labels, ...cause })
    }
  }
}
