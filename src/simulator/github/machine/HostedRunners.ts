// GitHub's own machines: they run jobs such as `ubuntu-latest` that no self-hosted runner is meant for.
//
// Answers for: the course of such a job in time (no command is run). Gotcha: their payloads name a runner
// of the group "GitHub Actions", which no list of self-hosted runners shows.
import type { SimulatorClock } from "../Environment.ts"
import type { Conclusion, Job, StepProgress } from "./Entities.ts"
import type { WorkflowRuns } from "./WorkflowRuns.ts"

const startDelayMillis = 50

export class HostedRunners {
  readonly #clock: SimulatorClock
  readonly #runs: WorkflowRuns
  #last = 0

  constructor(clock: SimulatorClock, runs: WorkflowRuns) {
    this.#clock = clock
    this.#runs = runs
  }

  take(job: Job): void {
    job.stopTimer = this.#clock.schedule(startDelayMillis, () => this.#start(job))
  }

  #start(job: Job): void {
    if (job.status !== "queued") return
    const id = ++this.#last
    this.#runs.start(job, { id, name: `GitHub Actions ${id}`, groupId: 2, groupName: "GitHub Actions" })
    const seconds = (job.definition.steps ?? []).reduce((sum, step) => sum + (step.seconds ?? 0), 0)
    job.stopTimer = this.#clock.schedule(seconds * 1000, () => this.#finish(job))
  }

  #finish(job: Job): void {
    const startedAt = job.startedAt ?? this.#clock.now()
    const completedAt = this.#clock.now()
    let failed = false
    const steps = (job.definition.steps ?? []).map((step, index): StepProgress => {
      const conclusion: Conclusion = failed ? "skipped" : (step.exitCode ?? 0) === 0 ? "success" : "failure"
      failed ||= conclusion === "failure"
      return { number: index + 1, name: step.name, status: "completed", conclusion, startedAt, completedAt }
    })
    this.#runs.progress(job, steps)
    this.#runs.complete(job, failed ? "failure" : "success")
  }
}
