// E2B and GitHub of a simulated life, with everything that is wrong with them.
//
// Answers for: both state machines on virtual time, the faults they meet, the webhooks on their way, and whose sandbox a job runs
// in. Not for runnerd (Simulation.ts). Ids come from the seed.
import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import { nextRunnerName } from "../../src/domain/RunnerRequest.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { namedFailures as e2bFailures } from "../../src/simulator/e2b/ControlFailure.ts"
import { SandboxFleet } from "../../src/simulator/e2b/SandboxFleet.ts"
import type { SandboxRecord } from "../../src/simulator/e2b/SandboxRecord.ts"
import { TemplateCatalog } from "../../src/simulator/e2b/TemplateCatalog.ts"
import type { SimulatorIds } from "../../src/simulator/github/Environment.ts"
import { defaultLimits } from "../../src/simulator/github/Options.ts"
import { DeliveryLog } from "../../src/simulator/github/hooks/DeliveryLog.ts"
import type { Poster } from "../../src/simulator/github/hooks/HttpPost.ts"
import { WebhookFaults } from "../../src/simulator/github/hooks/WebhookFaults.ts"
import { WebhookSender } from "../../src/simulator/github/hooks/WebhookSender.ts"
import type { Runner } from "../../src/simulator/github/machine/Entities.ts"
import { GitHubMachine } from "../../src/simulator/github/machine/GitHubMachine.ts"
import { namedFailures as gitHubFailures } from "../../src/simulator/github/rest/NamedFailures.ts"
import { scriptedRunner } from "../../src/simulator/runner/ScriptedRunner.ts"
import { draw } from "../../src/simulator/misbehaviour/Draw.ts"
import { Faults } from "../../src/simulator/misbehaviour/Faults.ts"
import { makeOutsideCalls } from "./OutsideCalls.ts"
import type { Schedule } from "./Schedule.ts"
import { makeSimulatedE2B, operations as e2bOperations } from "./SimulatedE2B.ts"
import { makeSimulatedGitHub, operations as gitHubOperations } from "./SimulatedGitHub.ts"
import type { VirtualTime } from "./VirtualTime.ts"

export const template = "runner"

const seededIds = (seed: number): SimulatorIds & { readonly sandboxID: () => string; readonly token: () => string } => {
  let drawn = 0
  let lastId = 10_000_000_000
  const hex = (length: number) =>
    createHash("sha256")
      .update(`${seed} ${(drawn += 1)}`)
      .digest("hex")
      .slice(0, length)
  return {
    next: () => (lastId += 1),
    guid: () => hex(32),
    secret: (length) => hex(64).padEnd(length, "x").slice(0, length),
    sha: () => hex(40),
    sandboxID: () => `i${hex(20)}`,
    token: () => `ea_${hex(40)}`
  }
}

const vocabulary = (operations: ReadonlyArray<string>, failures: object) => () => ({
  operations: new Set(operations),
  failures: new Set(Object.keys(failures))
})

export interface SimulatedOutsideOptions {
  readonly schedule: Schedule
  readonly config: RunnerdConfig
  readonly time: VirtualTime
  readonly poster: Poster
  readonly note: (what: string) => void
}

export class SimulatedOutside {
  readonly fleet: SandboxFleet
  readonly machine: GitHubMachine
  readonly sender: WebhookSender
  readonly services: Context.Context<GitHub | Sandboxes>
  /** Names of runners that did what no good runner does. */
  readonly badRunners = new Set<string>()
  readonly cutStreams: (sandboxID: string) => void
  readonly #deliveries: DeliveryLog
  readonly #webhookFaults = new WebhookFaults()
  readonly #e2bFaults = new Faults(vocabulary(e2bOperations, e2bFailures))
  readonly #gitHubFaults = new Faults(vocabulary(gitHubOperations, gitHubFailures))

  constructor({ config, note, poster, schedule, time }: SimulatedOutsideOptions) {
    const { seed } = schedule
    const clock = time.simulatorClock
    const ids = seededIds(seed)
    const templates = new TemplateCatalog()
    templates.replace([{ aliases: [template] }], time.now())
    const plan = { maxConcurrent: 100, maxHours: 24 }
    this.fleet = new SandboxFleet({ timeline: time.timeline, ids, templates, plan, envdVersion: "0.6.13" })
    this.#deliveries = new DeliveryLog(clock, ids, defaultLimits)
    this.sender = new WebhookSender(
      { url: "https://runnerd.example/webhooks/github", secret: "secret" },
      { hookId: 1, targetType: "integration", appId: 1 },
      { log: this.#deliveries, faults: this.#webhookFaults, clock, limits: defaultLimits, poster }
    )
    this.machine = new GitHubMachine({
      clock,
      ids,
      limits: defaultLimits,
      installations: [
        {
          id: 1,
          owner: "acme",
          ownerType: "Organization",
          repositories: ["web", "api"],
          runnerGroups: [{ name: "machines" }]
        },
        { id: 2, owner: "mona", ownerType: "User", repositories: ["site"] }
      ],
      serverUrl: "http://127.0.0.1:2",
      hookKind: "integration",
      appId: 1,
      onWebhook: (event) => {
        note(`GitHub tells ${event.event} ${event.action ?? ""}`)
        for (const { misbehaviour, name } of this.machine.registry.byId.values()) {
          if (misbehaviour.size > 0) this.badRunners.add(name)
        }
        this.sender.send(event)
      }
    })
    const latencyMs = draw(seed, "latency") * 400
    const gitHub = makeSimulatedGitHub(
      this.machine,
      this.#deliveries,
      makeOutsideCalls({ time, faults: this.#gitHubFaults, seed, latencyMs }),
      config.e2b.apiTimeout
    )
    const e2b = makeSimulatedE2B({
      fleet: this.fleet,
      calls: makeOutsideCalls({ time, faults: this.#e2bFaults, seed: seed + 1, latencyMs }),
      time,
      program: scriptedRunner(this.machine, clock),
      callTimeout: config.e2b.apiTimeout,
      createTimeout: config.e2b.createTimeout
    })
    this.cutStreams = e2b.cutStreams
    this.services = Context.make(GitHub, gitHub).pipe(Context.add(Sandboxes, e2b.service))
    this.fleet.onCreated(({ metadata, sandboxID }) => note(`E2B made ${sandboxID} for ${metadata["request_id"]}`))
    this.fleet.onEnded(({ ended, sandboxID }) => note(`E2B ended ${sandboxID}: ${ended?.reason}`))
    this.#misbehave(schedule)
  }

  #misbehave({ faults, runners, seed, storms, webhooks }: Schedule): void {
    for (const part of [this.#e2bFaults, this.#gitHubFaults, this.#webhookFaults, this.machine.runnerFaults]) {
      part.seed = seed
    }
    this.#e2bFaults.storm = storms.e2b
    this.#gitHubFaults.storm = storms.github
    for (const fault of faults.e2b) this.#e2bFaults.add(fault)
    for (const fault of faults.github) this.#gitHubFaults.add(fault)
    for (const fault of webhooks) this.#webhookFaults.add(fault)
    for (const fault of runners) this.machine.runnerFaults.add(fault)
  }

  becomeCalm(): void {
    for (const part of [this.#e2bFaults, this.#gitHubFaults, this.#webhookFaults, this.machine.runnerFaults])
      part.clear()
  }

  /** The runner of this sandbox, while it is registered: its name ends with what the sandbox was made for. */
  runnerIn({ metadata }: SandboxRecord): Runner | undefined {
    const end = `-${metadata["request_id"]}-${metadata["fence"]}`
    const ends = [end, nextRunnerName(end)]
    return [...this.machine.registry.byId.values()].find(({ name }) => ends.some((each) => name.endsWith(each)))
  }

  /** Sends again what was not answered, as whoever has a hook but no App's log has to. */
  redeliver(): void {
    const all = this.#deliveries.all()
    const settled = all.filter((each) => each.status === "OK" || each.status === "pending")
    const known = new Set(settled.map((each) => each.guid))
    const failed = new Map(all.filter((each) => !known.has(each.guid)).map((each) => [each.guid, each]))
    for (const delivery of failed.values()) this.sender.redeliver(delivery)
  }

  /** Lets every job go on that waits for approval. */
  approveAll(): void {
    const { runs } = this.machine
    for (const job of runs.jobs.values()) if (job.status === "waiting") runs.review(job, "approved")
  }
}
