// The metrics of requests, runners and the calls they take: those of the original by its names, in Prometheus' form.
import type { CounterDefinition, GaugeDefinition, HistogramDefinition } from "./Metric.ts"

/** Calls to GitHub and E2B; the longest that runnerd waits for one is two minutes. */
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const stepBuckets = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600]

/** Read from the database's active rows. */
export const sharedMetrics = {
  e2b_runner_spec_current: {
    type: "gauge",
    help: "Runners of the spec that were started: requests that are running or stopping.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_current", key: ["spec"] }
  },
  e2b_runner_spec_busy: {
    type: "gauge",
    help: "Of these, runners that have taken a job.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_busy", key: ["spec"] }
  },
  e2b_runner_spec_idle: {
    type: "gauge",
    help: "Of these, runners that have taken none.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_idle", key: ["spec"] }
  },
  e2b_runner_spec_pending: {
    type: "gauge",
    help: "Requests of the spec that have no runner yet: queued or creating.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_pending", key: ["spec"] }
  },
  e2b_runner_spec_desired: {
    type: "gauge",
    help: "The spec's max_concurrency; 0 or less means unlimited.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_desired", key: ["spec"] }
  },
  e2b_runner_spec_status: {
    type: "gauge",
    help: "1 when the spec is enabled, 0 when it is not.",
    labels: ["spec"],
    original: { name: "e2b_runner_profile_status", key: ["spec"] }
  },
  runnerd_spec_sandboxes: {
    type: "gauge",
    help: "Sandboxes of the spec that may exist: what its max_concurrency is compared with.",
    labels: ["spec"]
  },
  runnerd_spec_oldest_queued_seconds: {
    type: "gauge",
    help: "For how long the spec's oldest queued request has waited; 0 when none waits.",
    labels: ["spec"]
  },
  runnerd_spec_runner_accepted_until_timestamp_seconds: {
    type: "gauge",
    help: "Until when GitHub gives jobs to the runner in the spec's template; absent while it is the newest, or its version is not known.",
    labels: ["spec"]
  },
  runnerd_spec_deaths: {
    type: "gauge",
    help: "Sandboxes of the spec that died since one last took a job.",
    labels: ["spec"]
  },
  runnerd_spec_paused: {
    type: "gauge",
    help: "1 when so many died in a row that nothing, or only one sandbox at a time, is provisioned for the spec (worker.breaker_deaths).",
    labels: ["spec"]
  },
  e2b_runner_requests_by_spec_status: {
    type: "gauge",
    help: "Unfinished requests.",
    labels: ["spec", "status"],
    original: { name: "e2b_runner_requests_by_profile_status", key: ["spec", "status"] }
  },
  e2b_runner_requests_by_repository_status: {
    type: "gauge",
    help: "Unfinished requests.",
    labels: ["repository", "status"],
    original: { name: "e2b_runner_requests_by_repository_status", key: ["repository", "status"] }
  },
  e2b_runner_retry_state: {
    type: "gauge",
    help: "Unfinished requests that have failed before or wait for a due time.",
    labels: ["spec", "status"],
    original: { name: "e2b_runner_retry_state", key: ["spec", "status"] }
  },
  e2b_runner_lease_state: {
    type: "gauge",
    help: "Unfinished requests that a process holds, by its host; none: held by nobody.",
    labels: ["worker"],
    original: { name: "e2b_runner_lease_state", key: ["worker"] }
  },
  runnerd_node_heartbeat_age_seconds: {
    type: "gauge",
    help: "Age of the newest heartbeat of the processes on this host that have not ended.",
    labels: ["worker"]
  },
  runnerd_provider_hold_seconds: {
    type: "gauge",
    help: "For how long nothing may be begun because E2B or GitHub said to wait; 0 when nothing holds.",
    labels: ["scope"]
  },
  runnerd_last_delivery_timestamp_seconds: {
    type: "gauge",
    help: "When the newest webhook delivery came in, redelivered ones included.",
    labels: []
  },
  e2b_runner_last_reconcile_timestamp_seconds: {
    type: "gauge",
    help: "When these gauges were read from the database.",
    labels: [],
    original: { name: "e2b_runner_last_reconcile_unix", key: [] }
  }
} as const satisfies Record<string, GaugeDefinition>

export const runnerMetrics = {
  e2b_runner_requests_total: {
    type: "counter",
    help: "Requests that were made; result: created, or rejected by admission.",
    labels: ["repository", "spec", "source", "result"],
    original: { name: "e2b_runner_requests_total", key: ["repository", "spec", "source", "result"] }
  },
  runnerd_replacement_requests_total: {
    type: "counter",
    help: "Requests that were made because a runner was given another job; not among e2b_runner_requests_total.",
    labels: []
  },
  runnerd_requests_finished_total: {
    type: "counter",
    help: "Requests that ended; stage and reason are those of the first failure, none without one.",
    labels: ["spec", "status", "stage", "reason"]
  },
  runnerd_attempts_failed_total: {
    type: "counter",
    help: "Attempts that ended early; disposition: deferred, retryable or fatal.",
    labels: ["spec", "disposition", "stage", "code"]
  },
  e2b_runner_create_duration_seconds: {
    type: "histogram",
    help: "From the claim until the runner was started; attempts that failed are not in it.",
    labels: ["spec"],
    buckets: stepBuckets,
    original: { name: "e2b_runner_create_duration_ms_total", count: "e2b_runner_create_duration_count", key: ["spec"] }
  },
  e2b_runner_stop_duration_seconds: {
    type: "histogram",
    help: "From the decision to stop until nothing was left outside.",
    labels: ["spec"],
    buckets: stepBuckets,
    original: { name: "e2b_runner_stop_duration_ms_total", count: "e2b_runner_stop_duration_count", key: ["spec"] }
  },
  e2b_runner_operations_total: {
    type: "counter",
    help: "Starts and stops of runners; operation: create or stop; result: success, retry or failed.",
    labels: ["spec", "operation", "result"],
    original: { name: "e2b_runner_operations_total", key: ["spec", "operation", "result"] }
  },
  e2b_runner_registered_total: {
    type: "counter",
    help: "Runners that were started in their sandbox.",
    labels: ["spec", "result"],
    original: { name: "e2b_runner_registered_total", key: ["spec", "result"] }
  },
  e2b_runner_cleanup_total: {
    type: "counter",
    help: "Steps of clean-ups; result: removed, absent (there was no sandbox) or error (tried again later).",
    labels: ["spec", "result"],
    original: { name: "e2b_runner_cleanup_total", key: ["spec", "result"] }
  },
  runnerd_leases_lost_total: {
    type: "counter",
    help: "Writes that were refused because another process held the request by then.",
    labels: []
  },
  runnerd_intake_total: {
    type: "counter",
    help: "Facts that were taken in, repeated ones included, by path and by what became of them.",
    labels: ["path", "outcome"]
  },
  runnerd_jobs_learnt_total: {
    type: "counter",
    help: "Jobs that became requests, by the path that told of them first; each job once.",
    labels: ["path"]
  },
  e2b_runner_github_api_operations_total: {
    type: "counter",
    help: "Calls to GitHub; result: success, cache_hit (304), not_found or error; reason says which error.",
    labels: ["operation", "result", "reason"],
    original: { name: "e2b_runner_github_api_operations_total", key: ["operation", "result"] }
  },
  e2b_runner_github_api_duration_seconds: {
    type: "histogram",
    help: "How long calls to GitHub took.",
    labels: ["operation", "result"],
    buckets: callBuckets,
    original: { name: "e2b_runner_github_api_duration_ms_total", key: ["operation", "result"] }
  },
  runnerd_github_rate_limit_remaining: {
    type: "gauge",
    help: "What GitHub said last was left of the hour, by whose limit it is: github:LOGIN of an account, github of one token, or github-app.",
    labels: ["scope"]
  },
  runnerd_github_rate_limit_limit: {
    type: "gauge",
    help: "What GitHub allows in an hour, by whose limit it is.",
    labels: ["scope"]
  },
  runnerd_sandbox_api_operations_total: {
    type: "counter",
    help: "Calls to E2B and into sandboxes; result: success, not_found or error; reason says which error.",
    labels: ["operation", "result", "reason"]
  },
  runnerd_sandbox_api_duration_seconds: {
    type: "histogram",
    help: "How long calls to E2B and into sandboxes took.",
    labels: ["operation", "result"],
    buckets: callBuckets
  }
} as const satisfies Record<string, CounterDefinition | GaugeDefinition | HistogramDefinition>
