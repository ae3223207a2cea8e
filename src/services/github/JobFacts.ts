// GitHub's REST answer about a job as the facts that a webhook would have told.
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type JobFacts, JobStatus, normalizeFacts, observedTime } from "../../domain/WorkflowJob.ts"
import type { GitHubJob } from "./GitHubTypes.ts"

const millis = (time: DateTime.Utc | null) => (time === null ? null : DateTime.toEpochMillis(time))
const decodeStatus = Schema.decodeUnknownOption(JobStatus)

/** None for a status newer than this code: it says nothing we could act on. */
export const factsOf = (repository: string, job: GitHubJob, installationId: number | null): Option.Option<JobFacts> =>
  Option.map(decodeStatus(job.status), (status) => {
    const times = {
      createdAt: millis(job.createdAt),
      startedAt: millis(job.startedAt),
      completedAt: millis(job.completedAt)
    }
    return normalizeFacts({
      jobId: job.id,
      runId: job.runId,
      runAttempt: job.runAttempt,
      repository,
      installationId,
      name: job.name,
      workflowName: job.workflowName,
      labels: job.labels,
      url: job.htmlUrl,
      headBranch: job.headBranch,
      headSha: job.headSha,
      pullRequestNumber: null,
      status,
      conclusion: job.conclusion,
      runnerName: job.runnerName,
      runnerId: job.runnerId,
      ...times,
      observedAt: observedTime(times)
    })
  })
