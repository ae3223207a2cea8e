// What registered runners do: come online, get jobs, take them, report, go silent, leave.
//
// Answers for: sessions and their mailboxes, assignment and its 60 s, busy and online, the end of an ephemeral runner.
// Gotchas: a session that only fell silent still looks idle and may get a job, as at GitHub; the job then is queued again
// after 60 s. A runner that vanishes during a job keeps it until `lostRunnerMillis` have passed.
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { SimulatorLimits } from "../Options.ts"
import type { Job, JobOrder, Runner, RunnerMessage, RunnerSession, StepProgress } from "./Entities.ts"
import type { Matchmaker } from "./Matchmaker.ts"
import { notFound, Refused } from "./Refused.ts"
import type { RunnerRegistry } from "./RunnerRegistry.ts"
import type { WorkflowRuns } from "./WorkflowRuns.ts"

const orderOf = (job: Job): JobOrder => ({
  id: job.id,
  key: job.key,
  name: job.definition.name,
  runId: job.run.id,
  runNumber: job.run.number,
  runAttempt: job.attempt,
  repository: job.run.repository.fullName,
  workflow: job.run.workflow.name,
  event: job.run.event,
  headSha: job.run.headSha,
  headBranch: job.run.headBranch,
  steps: job.definition.steps ?? []
})

const keptLogCharacters = 256 * 1024
const allowedSkewMillis = 5 * 60_000

/** 401: the registration was deleted, or never was. */
export const registrationGone = (): Refused =>
  new Refused(401, "The runner registration has been deleted from the server")

export class RunnerSessions {
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds
  readonly #limits: SimulatorLimits
  readonly #registry: RunnerRegistry
  readonly #matchmaker: Matchmaker
  readonly #runs: WorkflowRuns

  constructor(
    clock: SimulatorClock,
    ids: SimulatorIds,
    limits: SimulatorLimits,
    parts: { readonly registry: RunnerRegistry; readonly matchmaker: Matchmaker; readonly runs: WorkflowRuns }
  ) {
    this.#clock = clock
    this.#ids = ids
    this.#limits = limits
    this.#registry = parts.registry
    this.#matchmaker = parts.matchmaker
    this.#runs = parts.runs
  }

  /**
   * The runner goes online. 409 while another session of it is alive, 403 when its version is too old, 400 when its clock
   * (`runnerNow`, epoch milliseconds, when it says so) is more than five minutes wrong.
   */
  open(runner: Runner, version: string, runnerNow = this.#clock.now()): RunnerSession {
    const { misbehaviour } = runner
    if (misbehaviour.has("connect_error")) throw new Refused(503, "Service Unavailable")
    if (misbehaviour.has("registration_refused")) throw registrationGone()
    const isSkewed = Math.abs(runnerNow - this.#clock.now()) > allowedSkewMillis
    if (isSkewed || misbehaviour.has("clock_skew")) throw new Refused(400, "The request's time is out of sync")
    this.checkVersion(misbehaviour.has("deprecated_version") ? "0.0.0" : version)
    if (runner.session !== null || misbehaviour.has("session_conflict"))
      throw new Refused(409, "A session for this runner already exists.")
    const session: RunnerSession = {
      id: this.#ids.guid(),
      mailbox: [],
      waiter: null,
      lastSeenAt: this.#clock.now(),
      stopSilenceTimer: null
    }
    runner.version = version
    runner.session = session
    runner.stopExpiryTimer?.()
    runner.stopExpiryTimer = null
    this.#watchSilence(runner, session)
    if (runner.job === null) this.#offer(runner)
    return session
  }

  /** 403 in GitHub's words when the runner is too old to be given anything. */
  checkVersion(version: string): void {
    if (version.localeCompare(this.#limits.oldestRunnerVersion, "en", { numeric: true }) >= 0) return
    throw new Refused(403, `Runner version v${version} is deprecated and cannot receive messages.`)
  }

  /** 404 when the session ended, or is of another runner. */
  session(runner: Runner, sessionId: string): RunnerSession {
    if (runner.session?.id !== sessionId) throw notFound()
    return runner.session
  }

  /** Hands the next message to `waiter`, now or later; a poll that is already held is forgotten. */
  poll(runner: Runner, session: RunnerSession, waiter: (message: RunnerMessage) => void): void {
    session.stopSilenceTimer?.()
    session.stopSilenceTimer = null
    session.lastSeenAt = this.#clock.now()
    const message = session.mailbox.shift()
    if (message === undefined) {
      session.waiter = waiter
      return
    }
    waiter(message)
    this.pollEnded(runner, session, waiter)
  }

  /** The poll was answered or its connection is gone: silence begins. */
  pollEnded(runner: Runner, session: RunnerSession, waiter: (message: RunnerMessage) => void): void {
    if (session.waiter !== null && session.waiter !== waiter) return
    session.waiter = null
    session.lastSeenAt = this.#clock.now()
    if (runner.session === session) this.#watchSilence(runner, session)
  }

  #watchSilence(runner: Runner, session: RunnerSession): void {
    session.stopSilenceTimer?.()
    session.stopSilenceTimer = this.#clock.schedule(this.#limits.offlineAfterMillis, () => {
      if (runner.session === session) this.close(runner)
    })
  }

  #send(runner: Runner, message: RunnerMessage): void {
    const session = runner.session
    if (session === null) return
    const waiter = session.waiter
    if (waiter === null) {
      session.mailbox.push(message)
      return
    }
    session.waiter = null
    waiter(message)
    this.pollEnded(runner, session, waiter)
  }

  /** The runner goes offline, with or without a word. A job it did not take is queued again. */
  close(runner: Runner): void {
    const session = runner.session
    if (session === null) return
    session.stopSilenceTimer?.()
    runner.session = null
    this.expireLater(runner)
    session.waiter?.({ type: "closed" })
    session.waiter = null
    this.#matchmaker.withdrawRunner(runner)
    const job = runner.job
    if (job === null) return
    if (job.status === "queued") return this.#requeue(job, runner)
    // A job that is being cancelled has its end already.
    if (job.cancelRequested) return
    job.stopTimer?.()
    job.stopTimer = this.#clock.schedule(this.#limits.lostRunnerMillis, () => {
      if (runner.job !== job || runner.session !== null) return
      job.log += "The self-hosted runner lost communication with the server.\n"
      this.#runs.complete(job, "failure")
    })
  }

  /** Finds a runner for a job that wants one. */
  want(job: Job): void {
    const runner = this.#matchmaker.offerJob(job)
    if (runner !== null) this.#assign(runner, job)
  }

  #offer(runner: Runner): void {
    const job = this.#matchmaker.offerRunner(runner)
    if (job !== null) this.#assign(runner, job)
  }

  #assign(runner: Runner, job: Job): void {
    runner.job = job
    job.assignedTo = runner
    job.stopTimer = this.#clock.schedule(this.#limits.jobPickupMillis, () => {
      // Left in place it would get the same job again for ever; it is online again with its next session.
      if (runner.job === job && job.status === "queued") this.close(runner)
    })
    this.#send(runner, { type: "job", job: orderOf(job) })
  }

  #requeue(job: Job, runner: Runner): void {
    job.stopTimer?.()
    job.stopTimer = null
    runner.job = null
    job.assignedTo = null
    job.requeues += 1
    this.want(job)
  }

  /** The job is wanted no more before its runner took it: the runner is free again. */
  unwant(job: Job): void {
    const runner = job.assignedTo
    if (runner === null) return this.#matchmaker.withdrawJob(job)
    job.stopTimer?.()
    job.assignedTo = null
    runner.job = null
    const session = runner.session
    if (session === null) return
    const unsent = session.mailbox.findIndex((message) => message.type === "job" && message.job.id === job.id)
    if (unsent >= 0) session.mailbox.splice(unsent, 1)
    this.#offer(runner)
  }

  /** Tells the runner to stop the job. */
  stop(job: Job): void {
    if (job.assignedTo !== null) this.#send(job.assignedTo, { type: "cancel", jobId: job.id })
  }

  /** The runner takes the job. 409 when it is not its own any more. */
  accept(runner: Runner, jobId: number): Job {
    const job = runner.job
    if (job === null || job.id !== jobId || job.status !== "queued") {
      throw new Refused(409, `job ${jobId} is not assigned to this runner`)
    }
    job.stopTimer?.()
    job.stopTimer = null
    const { id, name, group } = runner
    this.#runs.start(job, { id, name, groupId: group.id, groupName: group.name })
    return job
  }

  /** The runner's own running job. 409 when there is none with this id. */
  running(runner: Runner, jobId: number): Job {
    const job = runner.job
    if (job === null || job.id !== jobId || job.status !== "in_progress") {
      throw new Refused(409, `job ${jobId} does not run on this runner`)
    }
    return job
  }

  /** Step progress and more of the job's log. */
  report(job: Job, steps: ReadonlyArray<StepProgress>, log: string): void {
    this.#runs.progress(job, steps)
    job.log = (job.log + log).slice(-keptLogCharacters)
  }

  /** The job is over, by whatever way. An ephemeral runner is removed with it; another one is idle again. */
  ended(job: Job): void {
    const runner = job.assignedTo
    if (runner === null || runner.job !== job) return
    runner.job = null
    job.assignedTo = null
    if (runner.ephemeral) {
      if (!runner.misbehaviour.has("registration_stays")) this.discard(runner)
      return
    }
    if (runner.session !== null) this.#offer(runner)
  }

  /** Takes the registration away once it has been offline for too long. */
  expireLater(runner: Runner): void {
    runner.stopExpiryTimer?.()
    const limit = runner.ephemeral ? this.#limits.ephemeralExpiryMillis : this.#limits.runnerExpiryMillis
    runner.stopExpiryTimer = this.#clock.schedule(limit, () => this.discard(runner))
  }

  /** Removes the registration and whatever session it has. */
  discard(runner: Runner): void {
    this.#registry.remove(runner)
    this.close(runner)
    runner.stopExpiryTimer?.()
    runner.stopExpiryTimer = null
  }
}
