// How a workflow job looks, in REST answers and in webhooks alike.
//
// Answers for: the job object and its steps. Gotchas, all GitHub's own: `started_at` is set while the job is still queued
// (equal to `created_at`); a job that never had a runner has nulls for it and no steps.
import type { Job, StepProgress } from "../machine/Entities.ts"
import { isoTime, isoTimeOrNull, nodeId } from "./AccountPayload.ts"

const stepPayload = (step: StepProgress) => ({
  name: step.name,
  status: step.status,
  conclusion: step.conclusion,
  number: step.number,
  started_at: isoTimeOrNull(step.startedAt),
  completed_at: isoTimeOrNull(step.completedAt)
})

export const jobPayload = (serverUrl: string, job: Job) => {
  const run = job.run
  const repositoryUrl = `${serverUrl}/repos/${run.repository.fullName}`
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.workflow.name,
    head_branch: run.headBranch,
    run_url: `${repositoryUrl}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    url: `${repositoryUrl}/actions/jobs/${job.id}`,
    html_url: `${serverUrl}/${run.repository.fullName}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: isoTime(job.createdAt),
    started_at: isoTime(job.startedAt ?? job.createdAt),
    completed_at: isoTimeOrNull(job.completedAt),
    name: job.definition.name,
    steps: job.steps.map(stepPayload),
    check_run_url: `${repositoryUrl}/check-runs/${job.id}`,
    labels: job.definition.labels,
    runner_id: job.runner?.id ?? null,
    runner_name: job.runner?.name ?? null,
    runner_group_id: job.runner?.groupId ?? null,
    runner_group_name: job.runner?.groupName ?? null
  }
}
