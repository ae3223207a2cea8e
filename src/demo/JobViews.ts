// What is known of each job, put together from GitHub's side, E2B's side and runnerd's API.
//
// Answers for: one view per job. Times are epoch milliseconds of this machine, null while it has not happened.
// Gotchas: a job that waits for others does not exist for GitHub yet, and is left out. The sandbox is the first one of
// the request that the job caused; GitHub may give the job to another request's runner.
import type { Conclusion, Job } from "../simulator/github/machine/Entities.ts"
import { callApi, type LocalWorld } from "./LocalWorld.ts"

/** What the demo reads of a runner request. */
export interface RequestView {
  readonly id: string
  readonly status: string
  readonly stage: string | null
  readonly repository_full_name: string
  readonly runner_spec_name: string | null
  readonly intake_path: string | null
  readonly process_pid: number | null
  readonly error: string | null
  /** Attempts that failed and were followed by another. */
  readonly retry_count: number
  readonly last_error_message: string | null
}

export interface JobView {
  readonly id: number
  /** For example `acme/web test (24)`. */
  readonly name: string
  readonly status: Exclude<Job["status"], "blocked">
  readonly conclusion: Conclusion | null
  readonly expected: Conclusion
  readonly queuedAt: number
  readonly sandboxAt: number | null
  readonly pickedUpAt: number | null
  readonly finishedAt: number | null
  readonly runnerName: string | null
  /** Null until runnerd's API was asked. */
  readonly request: RequestView | null
}

/** The newest 500 requests; the demo's first runs make far fewer. */
export const readRequests = (url: string): Promise<ReadonlyArray<RequestView>> =>
  callApi(url, "GET", "/runner_requests?limit=500")

export const isFinished = (request: RequestView): boolean => ["completed", "failed"].includes(request.status)

const firstSandboxes = (world: LocalWorld): ReadonlyMap<string, number> => {
  const first = new Map<string, number>()
  for (const record of [...world.e2b.fleet.ended(), ...world.e2b.fleet.live()]) {
    const request = record.metadata["request_id"]
    if (request !== undefined) first.set(request, Math.min(record.startedAt, first.get(request) ?? Infinity))
  }
  return first
}

export const jobViews = (world: LocalWorld, requests: ReadonlyArray<RequestView>): ReadonlyArray<JobView> => {
  const sandboxes = firstSandboxes(world)
  const requestOf = new Map(requests.map((request) => [request.id, request]))
  return [...world.github.machine.runs.jobs.values()].flatMap((job) => {
    if (job.status === "blocked") return []
    return {
      id: job.id,
      name: `${job.run.repository.fullName} ${job.definition.name}`,
      status: job.status,
      conclusion: job.conclusion,
      expected: job.definition.expectedConclusion ?? "success",
      queuedAt: job.createdAt,
      sandboxAt: sandboxes.get(String(job.id)) ?? null,
      pickedUpAt: job.startedAt,
      finishedAt: job.completedAt,
      runnerName: job.runner?.name ?? null,
      request: requestOf.get(String(job.id)) ?? null
    }
  })
}
