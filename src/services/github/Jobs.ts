// What GitHub says of workflow jobs and of the runs that hold them.
//
// Answers for: asking and reading. Lists are asked for again and again by intake repair, so they are watched by their ETag.
// Gotchas: with a status, GitHub lists at most 1,000 runs; a job without a runner has runner_id 0 or null and runner_name
// "" or null; both read as null here.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { GitHubCalls } from "./GitHubCalls.ts"
import type { Repository } from "./GitHubClients.ts"
import { RememberedPages } from "./RememberedPages.ts"
import type { GitHubJob, GitHubRun } from "./GitHubTypes.ts"

const text = Schema.optional(Schema.NullOr(Schema.String))
const instant = Schema.optional(Schema.NullOr(Schema.DateTimeUtcFromString))

const Job = Schema.Struct({
  id: Schema.Int,
  run_id: Schema.Int,
  run_attempt: Schema.optional(Schema.NullOr(Schema.Int)),
  name: Schema.String,
  workflow_name: text,
  head_branch: text,
  head_sha: text,
  html_url: text,
  status: Schema.String,
  conclusion: text,
  labels: Schema.optional(Schema.NullOr(Schema.Array(Schema.String))),
  runner_id: Schema.optional(Schema.NullOr(Schema.Int)),
  runner_name: text,
  runner_group_name: text,
  created_at: instant,
  started_at: instant,
  completed_at: instant
})

const Run = Schema.Struct({ id: Schema.Int, status: text })
const runOf = (run: typeof Run.Type): GitHubRun => ({ id: run.id, status: run.status ?? null })

const filled = (value: string | null | undefined): string | null => (value === undefined || value === "" ? null : value)

const jobOf = (job: typeof Job.Type): GitHubJob => ({
  id: job.id,
  runId: job.run_id,
  runAttempt: job.run_attempt ?? 1,
  name: job.name,
  workflowName: filled(job.workflow_name),
  headBranch: filled(job.head_branch),
  headSha: filled(job.head_sha),
  htmlUrl: filled(job.html_url),
  status: job.status,
  conclusion: filled(job.conclusion),
  labels: job.labels ?? [],
  runnerId: job.runner_id === undefined || job.runner_id === 0 ? null : job.runner_id,
  runnerName: filled(job.runner_name),
  runnerGroupName: filled(job.runner_group_name),
  createdAt: job.created_at ?? null,
  startedAt: job.started_at ?? null,
  completedAt: job.completed_at ?? null
})

const repositoryOf = (fullName: string): Repository => {
  const slash = fullName.indexOf("/")
  return slash === -1
    ? { owner: fullName, name: "" }
    : { owner: fullName.slice(0, slash), name: fullName.slice(slash + 1) }
}

/** Some 50 kB each when full. */
const rememberedJobPages = 500
const rememberedRunPages = 2_000
/** GitHub shows no more than 1,000 runs of a status. */
const maxRunPages = 10

export const makeJobs = (calls: GitHubCalls) => {
  const jobPages = new RememberedPages<GitHubJob>(rememberedJobPages)
  const runPages = new RememberedPages<GitHubRun>(rememberedRunPages)
  const decodeRuns = calls.decode("listRuns", Schema.Struct({ workflow_runs: Schema.Array(Run) }))
  const decodeJob = calls.decode("getJob", Job)
  const decodePage = calls.decode("listRunJobs", Schema.Struct({ jobs: Schema.Array(Job) }))

  const getJob = Effect.fn("GitHub.getJob")(function* (fullName: string, jobId: number) {
    const repository = repositoryOf(fullName)
    const answer = yield* calls.call(repository, {
      operation: "getJob",
      route: "GET /repos/{owner}/{repo}/actions/jobs/{job_id}",
      path: { owner: repository.owner, repo: repository.name, job_id: jobId }
    })
    return jobOf(yield* decodeJob(answer.data))
  })

  const listRunJobs = Effect.fn("GitHub.listRunJobs")(function* (fullName: string, runId: number) {
    const repository = repositoryOf(fullName)
    const spec = {
      operation: "listRunJobs",
      route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
      path: { owner: repository.owner, repo: repository.name, run_id: runId },
      parameters: { filter: "latest" }
    }
    return yield* calls.watchedPages(repository, spec, jobPages, (data) =>
      Effect.map(decodePage(data), (page) => page.jobs.map(jobOf))
    )
  })

  const listRuns = Effect.fn("GitHub.listRuns")(function* (fullName: string, status: "queued" | "in_progress") {
    const repository = repositoryOf(fullName)
    const spec = {
      operation: "listRuns",
      route: "GET /repos/{owner}/{repo}/actions/runs",
      path: { owner: repository.owner, repo: repository.name },
      parameters: { status, exclude_pull_requests: "true" }
    }
    return yield* calls.watchedPages(
      repository,
      spec,
      runPages,
      (data) => Effect.map(decodeRuns(data), (page) => page.workflow_runs.map(runOf)),
      maxRunPages
    )
  })

  return { getJob, listRunJobs, listRuns }
}
