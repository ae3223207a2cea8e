// The metrics of workflow jobs, by the names and buckets of actions-runner-controller's webhook metrics.
import { type CounterDefinition, type HistogramDefinition, jobLabels } from "./Metric.ts"

/** actions-runner-controller's, so that its dashboards fit: finer below ten seconds than for hours. */
const jobBuckets = [
  0.01, 0.05, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120,
  150, 180, 210, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1800, 2400, 3000, 3600
]

const originalKey = ["repository_full_name", "workflow_name", "job_name", "spec"]

export const jobMetrics = {
  github_workflow_jobs_queued_total: {
    type: "counter",
    help: "Jobs that became requests, refused ones included; each job once.",
    labels: jobLabels,
    original: { name: "github_workflow_jobs_queued_total", key: originalKey }
  },
  github_workflow_jobs_started_total: {
    type: "counter",
    help: "Jobs of these that a runner has taken; each job once.",
    labels: jobLabels,
    original: { name: "github_workflow_jobs_started_total", key: originalKey }
  },
  github_workflow_jobs_completed_total: {
    type: "counter",
    help: "Jobs of these that have ended; each job once.",
    labels: jobLabels
  },
  github_workflow_job_conclusions_total: {
    type: "counter",
    help: "How jobs ended, by GitHub's conclusion.",
    labels: [...jobLabels, "job_conclusion"],
    original: {
      name: "github_workflow_job_conclusions_total",
      also: "github_workflow_jobs_completed_total",
      key: [...originalKey, "job_conclusion"]
    }
  },
  github_workflow_job_failures_total: {
    type: "counter",
    help: "Jobs that ended as failure; stage and reason are those of the request, none when runnerd saw no failure of its own.",
    labels: [...jobLabels, "stage", "reason"],
    original: { name: "github_workflow_job_failures_total", key: [...originalKey, "stage", "reason"] }
  },
  github_workflow_job_queue_duration_seconds: {
    type: "histogram",
    help: "From queued to started, by GitHub's clock.",
    labels: jobLabels,
    buckets: jobBuckets,
    original: {
      name: "github_workflow_job_queue_duration_ms_total",
      count: "github_workflow_job_queue_duration_count",
      key: originalKey
    }
  },
  github_workflow_job_run_duration_seconds: {
    type: "histogram",
    help: "From started to completed, by GitHub's clock.",
    labels: [...jobLabels, "job_conclusion"],
    buckets: jobBuckets,
    original: {
      name: "github_workflow_job_run_duration_ms_total",
      count: "github_workflow_job_run_duration_count",
      key: [...originalKey, "job_conclusion"]
    }
  }
} as const satisfies Record<string, CounterDefinition | HistogramDefinition>
