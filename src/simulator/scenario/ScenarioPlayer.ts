// Plays a scenario on two running simulators.
//
// Answers for: what is due, in the file's order, through the control interfaces. Somebody else calls `step` again and again;
// time starts with the first call. Not for starting the simulators.
// Gotchas: an entry waits for its time and for its condition, and never for the entries before it. Every call of `step`
// ends before the next one is made.
import type { E2BSimulator } from "../e2b/E2BSimulator.ts"
import type { GitHubSimulator } from "../github/GitHubSimulator.ts"
import type { Job } from "../github/machine/Entities.ts"
import { runDefinition } from "./RunDefinitions.ts"
import type { Scenario, ScenarioEntry } from "./Scenario.ts"
import type { ControlCall, Known } from "./ScenarioActions.ts"
import { actionKeys, callsOf, endCallsOf } from "./ScenarioActions.ts"

export interface PlayerParts {
  readonly e2b: E2BSimulator
  readonly github: GitHubSimulator
  /** Whether the traffic goes on after the timeline. */
  readonly traffic: boolean
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Told of all that happens. */
  readonly say: (text: string) => void
}

const sentence = (entry: ScenarioEntry): string => {
  if (entry.say !== undefined) return entry.say
  const key = actionKeys.find((each) => entry[each] !== undefined)
  if (entry.run !== undefined) return `run: ${entry.run.repository} ${entry.run.workflow}`
  return key === undefined ? "" : `${key}: ${JSON.stringify(entry[key])}`
}

export class ScenarioPlayer {
  readonly #parts: PlayerParts
  readonly #scenario: Scenario
  #waiting: ReadonlyArray<ScenarioEntry>
  #ends: ReadonlyArray<{ readonly at: number; readonly entry: ScenarioEntry }> = []
  #startedAt: number | undefined
  #turn = 0

  constructor(scenario: Scenario, parts: PlayerParts) {
    this.#scenario = scenario
    this.#parts = parts
    this.#waiting = scenario.timeline
  }

  /** Sets the seed; before the first step. */
  async prepare(): Promise<void> {
    const { seed = 1, rateLimits } = this.#scenario
    await this.#call({ side: "e2b", method: "PUT", path: "/seed", body: { seed } })
    await this.#call({ side: "github", method: "PUT", path: "/seed", body: { seed } })
    if (rateLimits !== undefined) await this.#call({ side: "github", method: "PUT", path: "/limits", body: rateLimits })
  }

  /** Does what is due. True when nothing more is to come. */
  async step(): Promise<boolean> {
    const now = this.#parts.now()
    this.#startedAt ??= now
    const elapsed = now - this.#startedAt
    const waiting: Array<ScenarioEntry> = []
    for (const entry of this.#waiting) {
      const calls = this.#isDue(entry, elapsed) ? callsOf(entry, this.#known) : null
      if (calls === null) waiting.push(entry)
      else await this.#play(entry, calls, elapsed)
    }
    this.#waiting = waiting
    const over = this.#ends.filter(({ at }) => at <= elapsed)
    this.#ends = this.#ends.filter(({ at }) => at > elapsed)
    for (const { entry } of over) for (const call of endCallsOf(entry, this.#scenario)) await this.#call(call)
    if (!this.#parts.traffic || this.#scenario.traffic === undefined) {
      return this.#waiting.length === 0 && this.#ends.length === 0
    }
    await this.#traffic(this.#scenario.traffic, elapsed)
    return false
  }

  /** What has not happened yet, in the words of the file. */
  get outstanding(): ReadonlyArray<string> {
    return this.#waiting.map(sentence)
  }

  async #play(entry: ScenarioEntry, calls: ReadonlyArray<ControlCall>, elapsed: number): Promise<void> {
    const text = sentence(entry)
    if (entry.run === undefined || entry.say !== undefined) this.#parts.say(text)
    for (const call of calls) await this.#call(call)
    if (entry.forMs !== undefined) this.#ends = [...this.#ends, { at: elapsed + entry.forMs, entry }]
  }

  async #traffic({ everyMs, runs }: NonNullable<Scenario["traffic"]>, elapsed: number): Promise<void> {
    while (elapsed >= (this.#turn + 1) * everyMs) {
      const run = runs[this.#turn % runs.length]
      this.#turn += 1
      if (run !== undefined) {
        await this.#call({ side: "github", method: "POST", path: "/runs", body: runDefinition(run) })
      }
    }
  }

  #isDue({ at = 0, when }: ScenarioEntry, elapsed: number): boolean {
    if (elapsed < at) return false
    if (when === undefined) return true
    const jobs = when.job === undefined ? this.#jobsOf(when.workflow ?? "") : [this.#job(when.job)]
    return jobs.length > 0 && jobs.every((job) => job !== undefined && hasReached(job, when.is))
  }

  #jobs(): ReadonlyArray<Job> {
    return [...this.#parts.github.machine.runs.jobs.values()]
  }

  #job(name: string): Job | undefined {
    return this.#jobs().findLast((job) => `${job.run.repository.fullName} ${job.definition.name}` === name)
  }

  #run(name: string) {
    return [...this.#parts.github.machine.runs.runs.values()].findLast(
      (run) => `${run.repository.fullName} ${run.workflow.name}` === name
    )
  }

  #jobsOf(workflow: string): ReadonlyArray<Job> {
    return this.#run(workflow)?.jobs ?? []
  }

  readonly #known: Known = {
    job: (name) => this.#job(name)?.id,
    workflow: (name) => this.#run(name)?.id,
    sandbox: (name) => {
      const id = this.#job(name)?.id
      return [...this.#parts.e2b.fleet.live()].find(({ metadata }) => metadata["request_id"] === String(id))?.sandboxID
    },
    deliveries: (which) => {
      const all = this.#parts.github.state().deliveries
      const reached = new Set(
        all.filter(({ status }) => status === "OK" || status === "pending").map(({ guid }) => guid)
      )
      const wanted = all.filter(({ redelivery, guid }) => !redelivery && (which === "all" || !reached.has(guid)))
      return wanted.map(({ id }) => id)
    }
  }

  async #call({ side, method, path, body }: ControlCall): Promise<void> {
    const base = side === "e2b" ? `${this.#parts.e2b.controlUrl}/_control` : this.#parts.github.controlUrl
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${side}: ${method} /_control${path}: ${response.status} ${text}`)
  }
}

const hasReached = (job: Job, state: "waiting" | "queued" | "in_progress" | "completed"): boolean => {
  switch (state) {
    case "waiting":
    case "queued":
      return job.status === state
    case "in_progress":
      return job.startedAt !== null
    case "completed":
      return job.status === "completed"
  }
}
