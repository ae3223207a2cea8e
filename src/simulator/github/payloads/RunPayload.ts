// How a workflow run looks, in REST answers and in webhooks alike.
//
// Answers for: the run object and the `workflow` object beside it. Shapes after @octokit/webhooks-examples.
import type { WorkflowRun } from "../machine/Entities.ts"
import { accountPayload, isoTime, nodeId } from "./AccountPayload.ts"
import { minimalRepositoryPayload } from "./RepositoryPayload.ts"

const workflowUrl = (serverUrl: string, run: WorkflowRun) =>
  `${serverUrl}/repos/${run.repository.fullName}/actions/workflows/${run.workflow.id}`

export const runPayload = (serverUrl: string, run: WorkflowRun) => {
  const repositoryUrl = `${serverUrl}/repos/${run.repository.fullName}`
  const url = `${repositoryUrl}/actions/runs/${run.id}`
  const repository = minimalRepositoryPayload(serverUrl, run.repository)
  const actor = accountPayload(serverUrl, run.actor)
  const author = { email: `${run.actor.login}@users.noreply.github.com`, name: run.actor.login }
  const startedAt = isoTime(run.createdAt)
  return {
    id: run.id,
    name: run.workflow.name,
    node_id: nodeId("WorkflowRun", run.id),
    check_suite_id: run.id,
    check_suite_node_id: nodeId("CheckSuite", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflow.path,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    display_title: run.workflow.name,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow.id,
    url,
    html_url: `${serverUrl}/${run.repository.fullName}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: startedAt,
    updated_at: isoTime(run.updatedAt),
    actor,
    triggering_actor: actor,
    run_started_at: isoTime(run.startedAt),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt === 1 ? null : `${url}/attempts/${run.attempt - 1}`,
    workflow_url: workflowUrl(serverUrl, run),
    head_commit: {
      id: run.headSha,
      tree_id: run.headSha,
      message: run.workflow.name,
      timestamp: startedAt,
      author,
      committer: author
    },
    repository,
    head_repository: repository
  }
}

export const workflowPayload = (serverUrl: string, run: WorkflowRun) => {
  const at = isoTime(run.repository.createdAt)
  const htmlUrl = `${serverUrl}/${run.repository.fullName}`
  return {
    id: run.workflow.id,
    node_id: nodeId("Workflow", run.workflow.id),
    name: run.workflow.name,
    path: run.workflow.path,
    state: "active",
    created_at: at,
    updated_at: at,
    url: workflowUrl(serverUrl, run),
    html_url: `${htmlUrl}/blob/main/${run.workflow.path}`,
    badge_url: `${htmlUrl}/workflows/${encodeURIComponent(run.workflow.name)}/badge.svg`
  }
}
