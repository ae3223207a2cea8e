// The bodies of workflow_job and workflow_run webhooks.
//
// Answers for: the whole body, as text. Shapes after @octokit/webhooks-examples; `deployment` of a gated job included.
// Gotcha: repository, organization, sender and installation hardly change, so their JSON is made once per name: in a
// burst of a thousand events this is most of the work.
import type { Account, Job, Repository, WorkflowRun } from "../machine/Entities.ts"
import type { HookKind, WebhookEvent } from "../machine/WebhookEvent.ts"
import type { JobAction, RunAction } from "../machine/WorkflowRuns.ts"
import { accountPayload, isoTime, nodeId, organizationPayload } from "./AccountPayload.ts"
import { jobPayload } from "./JobPayload.ts"
import { repositoryPayload } from "./RepositoryPayload.ts"
import { runPayload, workflowPayload } from "./RunPayload.ts"

export class WebhookPayload {
  readonly #serverUrl: string
  readonly #hookKind: HookKind
  readonly #surroundings = new Map<string, string>()

  constructor(serverUrl: string, hookKind: HookKind) {
    this.#serverUrl = serverUrl
    this.#hookKind = hookKind
  }

  #surrounding(repository: Repository, sender: Account): string {
    const { installation, owner } = repository
    const key = `${repository.fullName} ${repository.id} ${installation.id}`
    const known = this.#surroundings.get(key)
    if (known !== undefined) return known
    const parts: Record<string, unknown> = { repository: repositoryPayload(this.#serverUrl, repository) }
    if (owner.type === "Organization") parts["organization"] = organizationPayload(this.#serverUrl, owner)
    parts["sender"] = accountPayload(this.#serverUrl, sender)
    if (this.#hookKind === "integration") {
      parts["installation"] = { id: installation.id, node_id: nodeId("IntegrationInstallation", installation.id) }
    }
    const text = JSON.stringify(parts).slice(1)
    this.#surroundings.set(key, text)
    return text
  }

  #event(event: string, action: string, run: WorkflowRun, parts: Record<string, unknown>): WebhookEvent {
    const own = JSON.stringify({ action, ...parts }).slice(0, -1)
    return {
      event,
      action,
      installationId: this.#hookKind === "integration" ? run.repository.installation.id : null,
      repositoryId: run.repository.id,
      body: `${own},${this.#surrounding(run.repository, run.actor)}`
    }
  }

  workflowJob(action: JobAction, job: Job): WebhookEvent {
    const gated = action === "queued" && job.status === "waiting"
    return this.#event("workflow_job", action, job.run, {
      workflow_job: jobPayload(this.#serverUrl, job),
      ...(gated ? { deployment: this.#deployment(job) } : {})
    })
  }

  workflowRun(action: RunAction, run: WorkflowRun): WebhookEvent {
    return this.#event("workflow_run", action, run, {
      workflow_run: runPayload(this.#serverUrl, run),
      workflow: workflowPayload(this.#serverUrl, run)
    })
  }

  #deployment(job: Job) {
    const repositoryUrl = `${this.#serverUrl}/repos/${job.run.repository.fullName}`
    const url = `${repositoryUrl}/deployments/${job.id}`
    const at = isoTime(job.createdAt)
    return {
      url,
      id: job.id,
      node_id: nodeId("Deployment", job.id),
      task: "deploy",
      original_environment: job.definition.environment,
      environment: job.definition.environment,
      description: null,
      created_at: at,
      updated_at: at,
      statuses_url: `${url}/statuses`,
      repository_url: repositoryUrl,
      creator: accountPayload(this.#serverUrl, job.run.actor),
      sha: job.run.headSha,
      ref: job.run.headBranch,
      payload: {},
      transient_environment: false,
      production_environment: false,
      performed_via_github_app: null
    }
  }
}
