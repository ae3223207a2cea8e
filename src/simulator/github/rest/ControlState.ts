// The simulator's whole state as the control interface shows it.
//
// Answers for: runs, jobs (with log), runners, deliveries, REST calls by route. Times are epoch milliseconds, null when
// absent. Not for GitHub's own shapes (payloads/).
import type { DeliveryLog } from "../hooks/DeliveryLog.ts"
import type { WebhookFaults } from "../hooks/WebhookFaults.ts"
import type { WebhookSender } from "../hooks/WebhookSender.ts"
import type { Job, Runner, WorkflowRun } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import type { MadeApps } from "../machine/MadeApps.ts"
import { deliverySummary } from "./HookRoutes.ts"

export const jobState = (job: Job) => ({
  id: job.id,
  runId: job.run.id,
  repository: job.run.repository.fullName,
  workflow: job.run.workflow.name,
  name: job.definition.name,
  key: job.key,
  labels: job.definition.labels,
  runnerGroup: job.definition.runnerGroup ?? null,
  hosted: job.hosted,
  status: job.status,
  conclusion: job.conclusion,
  expectedConclusion: job.definition.expectedConclusion ?? null,
  createdAt: job.createdAt,
  startedAt: job.startedAt,
  completedAt: job.completedAt,
  runnerId: job.runner?.id ?? null,
  runnerName: job.runner?.name ?? null,
  assignedTo: job.assignedTo?.name ?? null,
  requeues: job.requeues,
  steps: job.steps,
  log: job.log
})

export const runState = (run: WorkflowRun) => ({
  id: run.id,
  repository: run.repository.fullName,
  workflow: run.workflow.name,
  status: run.status,
  conclusion: run.conclusion,
  attempt: run.attempt,
  createdAt: run.createdAt,
  updatedAt: run.updatedAt,
  jobIds: run.jobs.map((job) => job.id)
})

export const runnerState = (runner: Runner) => ({
  id: runner.id,
  name: runner.name,
  owner: runner.scope.installation.account.login,
  repository: runner.scope.repository?.fullName ?? null,
  group: runner.group.name,
  labels: runner.labels.map((label) => label.name),
  ephemeral: runner.ephemeral,
  jit: runner.jit,
  status: runner.session === null ? "offline" : "online",
  busy: runner.job !== null,
  jobId: runner.job?.id ?? null,
  misbehaviour: [...runner.misbehaviour],
  createdAt: runner.createdAt
})

const madeAppState = ({ id, name, owner, waits }: ReturnType<MadeApps["all"]>[number]) => ({
  id,
  name,
  owner: owner.login,
  waits
})

export interface ControlParts {
  readonly machine: GitHubMachine
  readonly madeApps: MadeApps
  readonly log: DeliveryLog
  readonly sender: WebhookSender
  readonly webhookFaults: WebhookFaults
  /** Calls by `METHOD /path/{template}`, and how many of them got which status. */
  readonly restCalls: Map<string, number>
  readonly restStatuses: Map<string, number>
}

export const controlState = (parts: ControlParts) => ({
  now: parts.machine.clock.now(),
  hookId: parts.sender.identity.hookId,
  runs: [...parts.machine.runs.runs.values()].map(runState),
  jobs: [...parts.machine.runs.jobs.values()].map(jobState),
  runners: [...parts.machine.registry.byId.values()].map(runnerState),
  madeApps: parts.madeApps.all().map(madeAppState),
  deliveries: parts.log.all().map(deliverySummary),
  pendingDeliveries: parts.sender.pending,
  droppedWebhooks: parts.webhookFaults.dropped,
  restCalls: Object.fromEntries(parts.restCalls),
  restStatuses: Object.fromEntries(parts.restStatuses)
})

export type ControlState = ReturnType<typeof controlState>
