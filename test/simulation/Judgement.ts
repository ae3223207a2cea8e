// What must be true of a life, while it goes on and when it is over: the promise, said in the terms of E2B and GitHub.
//
// Answers for: finding what is wrong. A job that got no runner needs a failed request that says why; a sandbox too many is allowed for
// each attempt that failed and each life of a node that ended.
import * as Duration from "effect/Duration"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import type { Row } from "../support/WorldDatabase.ts"
import type { SandboxRecord } from "../../src/simulator/e2b/SandboxRecord.ts"
import type { Job } from "../../src/simulator/github/machine/Entities.ts"
import type { SeenCall } from "./SeenCalls.ts"
import type { SimulatedNode } from "./SimulatedNode.ts"
import type { SimulatedOutside } from "./SimulatedOutside.ts"

export class Judgement {
  readonly problems: Array<string> = []
  readonly #outside: SimulatedOutside
  readonly #config: RunnerdConfig
  readonly #now: () => number
  readonly #rows: (query: string) => ReadonlyArray<Row>
  /** Those that have had a sandbox. */
  readonly #attempts = new Set<string>()
  /** Jobs that need not succeed, and why. */
  readonly #excused = new Map<number, string>()

  /** `now`: epoch milliseconds. `rows`: asks runnerd's database. */
  constructor(
    outside: SimulatedOutside,
    config: RunnerdConfig,
    now: () => number,
    rows: (query: string) => ReadonlyArray<Row>
  ) {
    this.#outside = outside
    this.#config = config
    this.#now = now
    this.#rows = rows
    outside.fleet.onCreated((sandbox) => this.#sandboxCreated(sandbox))
    outside.fleet.onEnded((sandbox) => this.#sandboxEnded(sandbox))
  }

  /** The incarnations of this node that live, by its sessions and heartbeats: at most one. */
  livesOf({ sessionKeys }: SimulatedNode): ReadonlyArray<string> {
    const lease = Duration.toMillis(this.#config.worker.leaseTtl)
    const lasts =
      sessionKeys === null
        ? "1 = 1"
        : `heartbeat_at >= ${this.#now() - lease} AND lock_key IN (${sessionKeys.join(", ")})`
    return this.#rows(`SELECT incarnation FROM nodes WHERE ended_at IS NULL AND ${lasts}`).map((row) =>
      String(row["incarnation"])
    )
  }

  /** Only a node that lives changes anything outside, and only a request's owner makes something for it. */
  calls(node: SimulatedNode, { changes, operation, request }: SeenCall): void {
    if (!changes) return
    const lives = this.livesOf(node)
    if (lives.length !== 1) {
      this.problems.push(`${node.name} makes a call (${operation}) though its lease is over`)
      return
    }
    if (request === null) return
    const owner = this.#rows(`SELECT owner FROM runner_requests WHERE ${request}`)[0]?.["owner"]
    if (owner === lives[0]) return
    this.problems.push(`${node.name} makes a call (${operation}) for the request of ${owner} (${request})`)
  }

  /** There is one for each attempt, and never are there more than the caps allow: of those that no crash has left behind. */
  #sandboxCreated({ metadata, sandboxID }: SandboxRecord): void {
    const attempt = `${metadata["request_id"]} ${metadata["fence"]}`
    if (this.#attempts.has(attempt)) this.problems.push(`sandbox ${sandboxID} is the second for attempt ${attempt}`)
    this.#attempts.add(attempt)
    const { maxConcurrentRunners } = this.#config.worker
    const may = this.#rows("SELECT id, sandbox_id, fence FROM runner_requests WHERE sandbox_may_exist = 1")
    const known = new Set(may.map((row) => row["sandboxId"] ?? `${row["id"]} ${row["fence"]}`))
    const there = [...this.#outside.fleet.live()].filter(
      (each) => known.has(each.sandboxID) || known.has(`${each.metadata["request_id"]} ${each.metadata["fence"]}`)
    )
    if (maxConcurrentRunners !== "unlimited" && Math.max(may.length, there.length) > maxConcurrentRunners)
      this.problems.push(`${may.length} sandboxes may exist and ${there.length} do, of at most ${maxConcurrentRunners}`)
    const full = this.#rows(`SELECT spec_name, count(*) AS n FROM runner_requests JOIN runner_specs ON name = spec_name
      WHERE sandbox_may_exist = 1 AND max_concurrency > 0 GROUP BY spec_name HAVING count(*) > max_concurrency`)
    for (const row of full) this.problems.push(`${row["n"]} sandboxes may exist of spec ${row["specName"]}`)
  }

  /** A runner that is busy with a job is never killed by runnerd, except because GitHub says the job is over. */
  #sandboxEnded(sandbox: SandboxRecord): void {
    const runner = this.#outside.runnerIn(sandbox)
    const job = runner?.job
    if (runner === undefined || job?.status !== "in_progress" || job.cancelRequested) return
    const reason = sandbox.ended?.reason
    const what = `sandbox ${sandbox.sandboxID} was ended (${reason}) while ${runner.name} ran job ${job.id}`
    // A bad runner may have died in the middle of its job.
    const isStopped =
      this.#rows(`SELECT id FROM runner_requests WHERE id = '${sandbox.metadata["request_id"]}'
        AND stop_asked_at IS NOT NULL`).length > 0
    if (reason === "request" && !isStopped && !this.#outside.badRunners.has(runner.name)) this.problems.push(what)
    this.#excused.set(job.id, what)
  }

  #unfinished(): ReadonlyArray<Row> {
    return this.#rows("SELECT id, status FROM runner_requests WHERE status <> 'completed' AND status <> 'failed'")
  }

  #saysWhy(job: Job): boolean {
    if (job.status === "blocked") return job.run.jobs.some((other) => other !== job && this.#isGivenUp(other))
    return this.#isGivenUp(job)
  }

  #isGivenUp(job: Job): boolean {
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
  conclude(nodes: number): void {
    const { fleet, machine } = this.#outside
    const ends = this.#rows("SELECT incarnation FROM nodes").length - nodes
    this.#judgePace()
    for (const job of machine.runs.jobs.values()) this.#judgeJob(job)
    for (const { id, status } of this.#unfinished()) this.problems.push(`request ${id} is still ${status}`)
    for (const { sandboxID } of fleet.live()) this.problems.push(`sandbox ${sandboxID} is left`)
    for (const { name } of machine.registry.byId.values()) this.problems.push(`runner ${name} is left`)
    for (const [id, creates] of fleet.createsBy("request_id")) {
      const failed = this.#rows(`SELECT id FROM request_events WHERE request_id = '${id}'
        AND code IN ('retry_scheduled', 'deferred', 'requeued')`).length
      if (creates <= 1 + failed + ends) continue
      this.problems.push(
        `request ${id} had ${creates} sandboxes, ${failed} failed attempts and ${ends} nodes that ended`
      )
    }
  }

  /** A pace of at most one a second and less leaves no room for two at once. */
  #judgePace(): void {
    const { createsPerSecond } = this.#config.e2b
    if (createsPerSecond === "unlimited" || createsPerSecond > 1) return
    const claims = this.#rows("SELECT at, request_id FROM request_events WHERE code = 'claimed' ORDER BY at, id")
    for (const [index, { at, requestId }] of claims.entries()) {
      const before = claims[index - 1]
      if (before === undefined || Number(at) - Number(before["at"]) >= 1000 / createsPerSecond - 1) continue
      this.problems.push(`request ${requestId} was claimed too soon after ${before["requestId"]}`)
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
