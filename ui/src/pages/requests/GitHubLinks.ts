// Addresses at GitHub that follow from a job's.
import type { RunnerRequestView } from "../../../../src/http/api/RequestsApi.ts"

/** On the host that the job is on, which may be GitHub Enterprise's. */
export const pullRequestUrl = ({
  github_job_url: job,
  pull_request_number: number,
  repository_full_name: repository
}: Pick<RunnerRequestView, "github_job_url" | "pull_request_number" | "repository_full_name">): string | null =>
  job === null || number === null ? null : `${new URL(job).origin}/${repository}/pull/${number}`
