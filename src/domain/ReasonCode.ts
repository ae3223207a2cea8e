// Why an attempt or a request failed, or waits: the codes for programs.
//
// Answers for: the closed set. A code is part of the API: it may be added, never renamed. What each means for an operator
// is in docs/operations.md, which a test holds to this list. Refusals by admission have their own (AdmissionReasoning.ts).
import * as Schema from "effect/Schema"

export const ReasonCode = Schema.Literals([
  // E2B (SandboxError.ts)
  "sandbox_capacity",
  "sandbox_concurrency_limit",
  "sandbox_rate_limit",
  "sandbox_no_compatible_node",
  "template_unusable",
  "sandbox_bad_request",
  "sandbox_unauthorized",
  "sandbox_forbidden",
  "sandbox_gone",
  "sandbox_unreachable",
  "sandbox_process_not_found",
  "sandbox_stream_lost",
  "sandbox_conflict",
  "sandbox_unavailable",
  "sandbox_timeout",
  "sandbox_connection_failed",
  "sandbox_malformed_answer",
  // GitHub (GitHubError.ts)
  "github_rate_limit",
  "github_secondary_rate_limit",
  "github_unauthorized",
  "github_forbidden",
  "github_not_found",
  "github_app_not_installed",
  "github_runner_name_taken",
  "github_runner_busy",
  "github_runner_group_unusable",
  "github_rejected",
  "github_unavailable",
  "github_timeout",
  "github_connection_failed",
  "github_malformed_answer",
  // The request's own life
  "spec_not_found",
  "spec_disabled",
  "spec_labels_not_matched",
  "job_held",
  "interrupted",
  "runner_start_timeout",
  "runner_not_ready",
  "runner_idle",
  "runner_exited",
  "timeout"
])
export type ReasonCode = typeof ReasonCode.Type

/** `exit_code_7`: how a runner ended during its job. */
export type FailureReason = ReasonCode | `exit_code_${number}`
