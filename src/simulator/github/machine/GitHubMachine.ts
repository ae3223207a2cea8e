// The simulated GitHub as one state machine, without HTTP.
//
// Answers for: joining runs, runners and their meeting, and for saying which webhooks follow. Clock and ids are given, so
// that a seeded simulation can drive the very same machine in memory. Not for deliveries (hooks/) nor REST (rest/).
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { InstallationOptions, SimulatorLimits } from "../Options.ts"
import { standInVersion } from "../../runner/RunnerStandIn.ts"
import { WebhookPayload } from "../payloads/WebhookPayload.ts"
import { AccountChanges } from "./AccountChanges.ts"
import type { Account, Repository, RunDefinition, Runner, RunnerScope, WorkflowRun } from "./Entities.ts"
import { HostedRunners } from "./HostedRunners.ts"
import { Matchmaker } from "./Matchmaker.ts"
import { notFound, Refused } from "./Refused.ts"
import { RunnerFaults } from "./RunnerFaults.ts"
import type { RunnerRegistration } from "./RunnerRegistry.ts"
import { RunnerRegistry } from "./RunnerRegistry.ts"
import { RunnerSessions } from "./RunnerSessions.ts"
import { Topology } from "./Topology.ts"
import type { HookKind, WebhookEvent } from "./WebhookEvent.ts"
import { WorkflowRuns } from "./WorkflowRuns.ts"

export interface MachineOptions {
  readonly clock: SimulatorClock
  readonly ids: SimulatorIds
  readonly limits: SimulatorLimits
  readonly installations: ReadonlyArray<InstallationOptions>
  /** Origin of every URL in answers and payloads. */
  readonly serverUrl: string
  readonly hookKind: HookKind
  readonly appId: number
  readonly onWebhook: (event: WebhookEvent) => void
}

export class GitHubMachine {
  readonly clock: SimulatorClock
  readonly ids: SimulatorIds
  readonly limits: SimulatorLimits
  readonly serverUrl: string
  readonly topology: Topology
  readonly registry: RunnerRegistry
  readonly runs: WorkflowRuns
  readonly sessions: RunnerSessions
  readonly actor: Account
  readonly accounts: AccountChanges
  readonly runnerFaults = new RunnerFaults()
  /** Of actions/runner, oldest first; the first is what stands in for a runner here. */
  readonly runnerReleases: Array<{ readonly version: string; readonly publishedAt: number }> = []
  readonly #matchmaker = new Matchmaker()

  constructor(options: MachineOptions) {
    const { clock, ids, limits } = options
    this.clock = clock
    this.ids = ids
    this.limits = limits
    this.serverUrl = options.serverUrl
    this.#releaseStandIn()
    this.topology = new Topology(options.installations, clock, ids)
    this.registry = new RunnerRegistry(clock, ids)
    this.actor = { id: ids.next(), login: "octocat", type: "User" }
    const { serverUrl, hookKind, appId, onWebhook } = options
    const payload = new WebhookPayload(serverUrl, hookKind)
    // The hook of an App hears nothing of what the App cannot see.
    const tell = ({ installation, name }: Repository, event: WebhookEvent) => {
      const seen = !installation.removed && installation.repositories.has(name.toLowerCase())
      if (hookKind === "repository" || (seen && installation.suspendedAt === null)) onWebhook(event)
    }
    this.accounts = new AccountChanges({
      topology: this.topology,
      serverUrl,
      appId,
      sender: this.actor,
      now: () => clock.now(),
      onWebhook: (event) => {
        if (hookKind === "integration" || event.event === "repository") onWebhook(event)
      }
    })
    this.runs = new WorkflowRuns(
      clock,
      ids,
      { actor: this.actor, limits },
      {
        job: (action, job) => {
          tell(job.run.repository, payload.workflowJob(action, job))
          if (action === "completed") this.sessions.ended(job)
        },
        run: (action, run) => tell(run.repository, payload.workflowRun(action, run)),
        wanted: (job) => (job.hosted ? hosted.take(job) : this.sessions.want(job)),
        unwanted: (job) => this.sessions.unwant(job),
        stop: (job) => this.sessions.stop(job)
      }
    )
    const hosted = new HostedRunners(clock, this.runs)
    const parts = { registry: this.registry, matchmaker: this.#matchmaker, runs: this.runs }
    this.sessions = new RunnerSessions(clock, ids, limits, parts)
  }

  createRun(definition: RunDefinition): WorkflowRun {
    return this.runs.create(this.topology.repositoryByFullName(definition.repository), definition)
  }

  /** 409 when the name is taken, unless it may be replaced and that runner is not busy; 404 when it is to be refused. */
  register(scope: RunnerScope, registration: RunnerRegistration, replace: boolean): Runner {
    const namesake = this.registry.list(scope, registration.name)[0]
    if (replace && namesake?.job === null) this.sessions.discard(namesake)
    const misbehaviour = this.runnerFaults.of(registration.name, registration.labels)
    if (!registration.jit && misbehaviour.has("registration_refused")) throw notFound()
    const runner = this.registry.register(scope, { ...registration, misbehaviour })
    this.sessions.expireLater(runner)
    return runner
  }

  /** 422 while the runner is busy. */
  deleteRunner(runner: Runner): void {
    if (runner.job !== null) throw new Refused(422, `Bad request - Runner "${runner.name}" is still running a job"`)
    this.sessions.discard(runner)
  }

  #releaseStandIn(): void {
    this.runnerReleases.splice(0, this.runnerReleases.length, {
      version: standInVersion,
      publishedAt: this.clock.now()
    })
  }

  /** Forgets runs, jobs and runners; the owners and their repositories stay. */
  reset(): void {
    for (const runner of this.registry.byId.values()) {
      runner.job = null
      this.sessions.discard(runner)
    }
    this.runs.clear()
    this.registry.clear()
    this.#matchmaker.clear()
    this.runnerFaults.clear()
    this.#releaseStandIn()
  }
}
