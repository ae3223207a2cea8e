// What must be true of a life, while it goes on and when it is over: the promise, said in the terms of E2B and GitHub.
//
// Answers for: finding what is wrong. A job that got no runner needs a failed request that says why; a sandbox too many is allowed for
// each attempt that failed and each crash.
import type { Row } from "../support/WorldDatabase.ts"
import type { SandboxRecord } from "../../src/simulator/e2b/SandboxRecord.ts"
import type { Job } from "../../src/simulator/github/machine/Entities.ts"
import type { SimulatedOutside } from "./SimulatedOutside.ts"

/** A runner that registers by token just when it is given up because it never listened may take a job in that very moment. */
const neverListenedMillis = 110_000

export class Judgement {
  readonly problems: Array<string> = []
  readonly #outside: SimulatedOutside
  readonly #rows: (query: string) => ReadonlyArray<Row>
  /** Jobs that need not succeed, and why. */
  readonly #excused = new Map<number, string>()

  /** `rows`: asks runnerd's database. */
  constructor(outside: SimulatedOutside, rows: (query: string) => ReadonlyArray<Row>) {
    this.#outside = outside
    this.#rows = rows
    outside.fleet.onEnded((sandbox) => this.#sandboxEnded(sandbox))
  }

  /** A runner that is busy with a job is never killed by runnerd, except because GitHub says the job is over. */
  #sandboxEnded(sandbox: SandboxRecord): void {
    const runner = this.#outside.runnerIn(sandbox)
    const job = runner?.job
    if (runner === undefined || job?.status !== "in_progress" || job.cancelRequested) return
    const reason = sandbox.ended?.reason
    const what = `sandbox ${sandbox.sandboxID} was ended (${reason}) while ${runner.name} ran job ${job.id}`
    // A bad runner may have died in the middle of its job. The other is the README's known hole of registration tokens.
    const isHole = !runner.jit && runner.createdAt - sandbox.startedAt > neverListenedMillis
    const isStopped =
      this.#rows(`SELECT id FROM runner_requests WHERE id = '${sandbox.metadata["request_id"]}'
        AND stop_asked_at IS NOT NULL`).length > 0
    if (reason === "request" && !isStopped && !this.#outside.badRunners.has(runner.name) && !isHole)
      this.problems.push(what)
    this.#excused.set(job.id, what)
  }

  #unfinished(): ReadonlyArray<Row> {
    return this.#rows("SELECT id, status FROM runner_requests WHERE status <> 'completed' AND status <> 'failed'")
  }

  #saysWhy(job: Job): boolean {
    if (job.status !== "queued") return false
    const requests = this.#rows(`SELECT status, error, stop_asked_at FROM runner_requests WHERE job_id = ${job.id}`)
    const isOver = requests.every(({ status }) => status === "failed" || status === "completed")
    // What an operator stopped gets no other runner.
    return isOver && requests.some((request) => request["error"] !== null || request["stopAskedAt"] !== null)
  }

  /** Nothing is on its way any more, inside or outside. */
  isOver(): boolean {
    const { fleet, machine, sender } = this.#outside
    if (sender.pending > 0 || machine.registry.byId.size > 0 || fleet.counts().running > 0) return false
    const waits = [...machine.runs.jobs.values()].some((job) => job.status !== "completed" && !this.#saysWhy(job))
    return !waits && this.#unfinished().length === 0
  }

  /** Looks at everything once it is over, or should be. */
  conclude(crashes: number): void {
    const { fleet, machine } = this.#outside
    for (const job of machine.runs.jobs.values()) this.#judgeJob(job)
    for (const { id, status } of this.#unfinished()) this.problems.push(`request ${id} is still ${status}`)
    for (const { sandboxID } of fleet.live()) this.problems.push(`sandbox ${sandboxID} is left`)
    for (const { name } of machine.registry.byId.values()) this.problems.push(`runner ${name} is left`)
    for (const [id, creates] of fleet.createsBy("request_id")) {
      const failed = this.#rows(`SELECT id FROM request_events WHERE request_id = '${id}'
        AND code IN ('retry_scheduled', 'deferred', 'requeued')`).length
      if (creates <= 1 + failed + crashes) continue
      this.problems.push(`request ${id} had ${creates} sandboxes, ${failed} failed attempts and ${crashes} crashes`)
    }
  }

  #judgeJob(job: Job): void {
    if (job.status !== "completed") {
      if (!this.#saysWhy(job)) this.problems.push(`job ${job.id} is ${job.status}, and no request says why`)
      return
    }
    const isFine = job.conclusion === "success" || job.conclusion === "skipped"
    if (isFine || job.cancelRequested || this.#excused.has(job.id)) return
    if (this.#outside.badRunners.has(job.runner?.name ?? "")) return
    this.problems.push(`job ${job.id} ended with ${job.conclusion}`)
  }
}
