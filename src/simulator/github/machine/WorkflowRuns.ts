// Workflow runs and their jobs: made, held, queued, started, finished, cancelled, run again.
//
// Answers for: the states of runs and jobs, `needs`, approval, attempts, time limits, conclusions, and which event each
// change causes.
// Not for finding a runner (Matchmaker.ts) nor for talking to one (RunnerSessions.ts): it only says that a job wants one.
// Gotchas: a job that needs another does not exist for GitHub until that one is over; a skipped job is `completed` without
// ever having been `queued`; a gated job is announced as `queued` with status `waiting`, then as `waiting`. A second
// attempt tells again that the jobs which had passed are completed. Unverified: that these have new ids then, and that
// jobs which hit a time limit end as cancelled.
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { SimulatorLimits } from "../Options.ts"
import type {
  Account,
  Conclusion,
  Job,
  JobDefinition,
  Repository,
  RunDefinition,
  RunnerIdentity,
  StepProgress,
  WorkflowRun
} from "./Entities.ts"
import type { Gate } from "./Gates.ts"
import { Gates } from "./Gates.ts"
import { notFound, Refused } from "./Refused.ts"

export type JobAction = "queued" | "waiting" | "in_progress" | "completed"
export type RunAction = "requested" | "in_progress" | "completed"

/** What follows from a change of a job or run, decided elsewhere. */
export interface RunEvents {
  readonly job: (action: JobAction, job: Job) => void
  readonly run: (action: RunAction, run: WorkflowRun) => void
  /** The job wants a runner. */
  readonly wanted: (job: Job) => void
  /** The job wants no runner any more, whether it waits or is assigned. */
  readonly unwanted: (job: Job) => void
  /** The runner that runs the job must stop it. */
  readonly stop: (job: Job) => void
}

const isHosted = (labels: ReadonlyArray<string>): boolean =>
  labels.length > 0 && labels.every((label) => /^(ubuntu|windows|macos)-/i.test(label))

/** What GitHub gives a job whose workflow says nothing. */
const defaultTimeoutMinutes = 360

const keyOf = (definition: JobDefinition): string => definition.key ?? definition.name

const conclusionOf = (jobs: ReadonlyArray<Job>): Conclusion => {
  const all = new Set(jobs.map((job) => job.conclusion))
  if (all.has("failure") || all.has("timed_out")) return "failure"
  if (all.has("cancelled")) return "cancelled"
  return all.size === 1 && all.has("skipped") ? "skipped" : "success"
}

export class WorkflowRuns {
  readonly runs = new Map<number, WorkflowRun>()
  readonly jobs = new Map<number, Job>()
  readonly #byRepository = new Map<number, Array<WorkflowRun>>()
  readonly #workflows = new Map<string, { id: number; name: string; path: string; runs: number }>()
  readonly #dependents = new Map<number, Array<Job>>()
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds
  readonly #actor: Account
  readonly #limits: SimulatorLimits
  readonly #gates = new Gates()
  readonly #events: RunEvents

  constructor(
    clock: SimulatorClock,
    ids: SimulatorIds,
    settings: { readonly actor: Account; readonly limits: SimulatorLimits },
    events: RunEvents
  ) {
    this.#clock = clock
    this.#ids = ids
    this.#actor = settings.actor
    this.#limits = settings.limits
    this.#events = events
  }

  /** Starts a run. 422 for a definition that makes no sense. */
  create(repository: Repository, definition: RunDefinition): WorkflowRun {
    if (definition.jobs.length === 0) throw new Refused(422, "a run needs at least one job")
    const keys = new Set(definition.jobs.map(keyOf))
    for (const need of definition.jobs.flatMap((job) => job.needs ?? [])) {
      if (!keys.has(need)) throw new Refused(422, `no job has the key or name that is needed: ${need}`)
    }
    const now = this.#clock.now()
    const workflow = this.#workflow(repository, definition.workflow)
    const run: WorkflowRun = {
      id: this.#ids.next(),
      repository,
      workflow,
      number: ++workflow.runs,
      attempt: 1,
      event: definition.event ?? "push",
      headBranch: definition.headBranch ?? "main",
      headSha: this.#ids.sha(),
      actor: this.#actor,
      jobs: [],
      earlier: [],
      createdAt: now,
      startedAt: now,
      status: "queued",
      conclusion: null,
      updatedAt: now,
      unfinishedJobs: 0,
      stopLimitTimer: null
    }
    this.runs.set(run.id, run)
    const siblings = this.#byRepository.get(repository.id) ?? []
    siblings.push(run)
    this.#byRepository.set(repository.id, siblings)
    this.#begin(
      run,
      definition.jobs.map((job) => this.#job(run, job, now))
    )
    return run
  }

  /** Starts an attempt with these jobs, some of which may have passed in an earlier one. */
  #begin(run: WorkflowRun, jobs: ReadonlyArray<Job>): void {
    run.jobs = jobs
    run.status = "queued"
    run.conclusion = null
    run.startedAt = this.#clock.now()
    run.updatedAt = run.startedAt
    const open = jobs.filter((job) => job.status === "blocked")
    run.unfinishedJobs = open.length
    this.#link(run)
    run.stopLimitTimer?.()
    run.stopLimitTimer = this.#clock.schedule(this.#limits.runLimitMillis, () => this.cancelRun(run))
    this.#events.run("requested", run)
    for (const job of jobs) if (job.status === "completed") this.#events.job("completed", job)
    // Jobs that need each other in a circle would never be released: they are skipped when nothing else can move them.
    for (const job of open) if (job.unfinishedNeeds === 0) this.#release(job)
    if (open.every((job) => job.status === "blocked")) for (const job of open) this.complete(job, "skipped")
  }

  /**
   * Runs again: everything, what did not succeed, or one job; in the two latter cases with all that depends on it. 403
   * while the run goes on, or when nothing failed.
   */
  rerun(run: WorkflowRun, which: "all" | "failed" | Job): void {
    if (run.status !== "completed") throw new Refused(403, "This workflow is already running")
    const again = new Set(
      run.jobs.filter((job) => which === "all" || (which === "failed" ? job.conclusion !== "success" : job === which))
    )
    for (const job of again) for (const dependent of this.#dependents.get(job.id) ?? []) again.add(dependent)
    if (again.size === 0) throw new Refused(403, "The workflow run cannot be retried: no job failed")
    const now = this.#clock.now()
    run.earlier.push(run.jobs)
    run.attempt += 1
    const jobs = run.jobs.map((job) => (again.has(job) ? this.#job(run, job.definition, now) : this.#kept(job, now)))
    this.#begin(run, jobs)
  }

  /** A job that passed, as a later attempt shows it. */
  #kept(job: Job, now: number): Job {
    const { conclusion, createdAt, startedAt, completedAt, runner, steps, log } = job
    const passed = { status: "completed", conclusion, createdAt, startedAt, completedAt, runner, steps, log } as const
    return Object.assign(this.#job(job.run, job.definition, now), passed)
  }

  #workflow(repository: Repository, name: string) {
    const key = `${repository.id}/${name}`
    const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, "-")
    const path = `.github/workflows/${slug}.yml`
    const workflow = this.#workflows.get(key) ?? { id: this.#ids.next(), name, path, runs: 0 }
    this.#workflows.set(key, workflow)
    return workflow
  }

  #job(run: WorkflowRun, definition: JobDefinition, now: number): Job {
    const job: Job = {
      id: this.#ids.next(),
      run,
      attempt: run.attempt,
      key: keyOf(definition),
      definition,
      hosted: isHosted(definition.labels),
      status: "blocked",
      conclusion: null,
      createdAt: now,
      startedAt: null,
      completedAt: null,
      runner: null,
      assignedTo: null,
      requeues: 0,
      steps: [],
      log: "",
      unfinishedNeeds: 0,
      needFailed: false,
      cancelRequested: false,
      stopTimer: null,
      stopLimitTimer: null
    }
    this.jobs.set(job.id, job)
    return job
  }

  #link(run: WorkflowRun): void {
    const byKey = new Map<string, Array<Job>>()
    for (const job of run.jobs) byKey.set(job.key, [...(byKey.get(job.key) ?? []), job])
    for (const job of run.jobs) {
      for (const need of new Set(job.definition.needs ?? [])) {
        for (const needed of byKey.get(need) ?? []) {
          if (needed.status !== "completed") job.unfinishedNeeds += 1
          this.#dependents.set(needed.id, [...(this.#dependents.get(needed.id) ?? []), job])
        }
      }
    }
  }

  #release(job: Job): void {
    job.createdAt = this.#clock.now()
    if (job.definition.environment === undefined) return this.#queue(job)
    job.status = "waiting"
    this.#events.job("queued", job)
    this.#events.job("waiting", job)
  }

  #queue(job: Job): void {
    job.status = "queued"
    job.stopLimitTimer = this.#clock.schedule(this.#limits.queueLimitMillis, () => this.#giveUp(job))
    this.#events.job("queued", job)
    const { passes, displaced } = this.#gates.enter(job, this.#gatesOf(job))
    for (const other of displaced) this.cancel(other)
    if (passes) this.#events.wanted(job)
  }

  #gatesOf({ run, key, definition }: Job): ReadonlyArray<Gate> {
    const { maxParallel, concurrency } = definition
    const group = `${run.repository.id} ${concurrency?.toLowerCase()}`
    return [
      ...(maxParallel === undefined
        ? []
        : [{ key: `${run.id}/${run.attempt} ${key}`, room: maxParallel, onlyNewestWaits: false }]),
      ...(concurrency === undefined ? [] : [{ key: group, room: 1, onlyNewestWaits: true }])
    ]
  }

  /** Nobody took the job for too long. */
  #giveUp(job: Job): void {
    if (job.status !== "queued") return
    this.#events.unwanted(job)
    this.complete(job, "cancelled")
  }

  /** Lets a job go on that waits for approval, or ends it. 409 when it does not wait. */
  review(job: Job, verdict: "approved" | "rejected"): void {
    if (job.status !== "waiting") throw new Refused(409, "the job does not wait for approval")
    if (verdict === "approved") this.#queue(job)
    else this.complete(job, "failure")
  }

  /** The runner took the job. */
  start(job: Job, runner: RunnerIdentity): void {
    job.status = "in_progress"
    job.startedAt = this.#clock.now()
    job.runner = runner
    job.stopLimitTimer?.()
    const minutes = job.definition.timeoutMinutes ?? defaultTimeoutMinutes
    const limit = Math.min(minutes * 60_000, this.#limits.executionLimitMillis)
    job.stopLimitTimer = this.#clock.schedule(limit, () => {
      job.log += `The job running on runner ${runner.name} has exceeded the maximum execution time.\n`
      this.cancel(job)
    })
    const run = job.run
    run.updatedAt = job.startedAt
    this.#events.job("in_progress", job)
    if (run.status !== "queued") return
    run.status = "in_progress"
    this.#events.run("in_progress", run)
  }

  progress(job: Job, steps: ReadonlyArray<StepProgress>): void {
    job.steps = steps
  }

  /** Ends the job, and with it whatever it alone held up. A second end changes nothing. */
  complete(job: Job, conclusion: Conclusion): void {
    if (job.status === "completed") return
    const now = this.#clock.now()
    if (job.status === "blocked") job.createdAt = now
    job.stopTimer?.()
    job.stopTimer = null
    job.stopLimitTimer?.()
    job.stopLimitTimer = null
    job.status = "completed"
    job.conclusion = conclusion
    job.completedAt = now
    const run = job.run
    run.updatedAt = now
    run.unfinishedJobs -= 1
    this.#events.job("completed", job)
    for (const released of this.#gates.leave(job)) this.#events.wanted(released)
    for (const dependent of this.#dependents.get(job.id) ?? []) {
      dependent.unfinishedNeeds -= 1
      if (conclusion !== "success") dependent.needFailed = true
      if (dependent.unfinishedNeeds > 0 || dependent.status !== "blocked") continue
      if (dependent.needFailed) this.complete(dependent, "skipped")
      else this.#release(dependent)
    }
    if (run.unfinishedJobs > 0) return
    run.stopLimitTimer?.()
    run.stopLimitTimer = null
    run.status = "completed"
    run.conclusion = conclusionOf(run.jobs)
    this.#events.run("completed", run)
  }

  cancel(job: Job): void {
    if (job.status === "completed" || job.cancelRequested) return
    job.cancelRequested = true
    if (job.status !== "in_progress" || job.hosted) {
      this.#events.unwanted(job)
      return this.complete(job, "cancelled")
    }
    job.stopTimer?.()
    job.stopTimer = this.#clock.schedule(this.#limits.cancelGraceMillis, () => this.complete(job, "cancelled"))
    this.#events.stop(job)
  }

  /** 409 when the run is over. */
  cancelRun(run: WorkflowRun): void {
    if (run.status === "completed") throw new Refused(409, "Cannot cancel a workflow run that is completed.")
    for (const job of run.jobs) if (job.status === "blocked") job.needFailed = true
    for (const job of run.jobs) if (job.status !== "blocked") this.cancel(job)
  }

  /** Ends what still goes on without asking its runners. 409 when the run is over. */
  forceCancelRun(run: WorkflowRun): void {
    this.cancelRun(run)
    for (const job of run.jobs) this.complete(job, "cancelled")
  }

  /** The run as it was in one of its attempts, counted from 1; undefined when there was none. */
  attempt(run: WorkflowRun, attempt: number): WorkflowRun | undefined {
    if (attempt === run.attempt) return run
    const jobs = run.earlier[attempt - 1]
    if (jobs === undefined) return undefined
    const startedAt = Math.min(...jobs.map((job) => job.createdAt))
    const updatedAt = Math.max(...jobs.map((job) => job.completedAt ?? startedAt))
    return { ...run, attempt, jobs, status: "completed", conclusion: conclusionOf(jobs), startedAt, updatedAt }
  }

  /** 404 when the run is not of this repository. */
  findRun(repository: Repository, id: number): WorkflowRun {
    const run = this.runs.get(id)
    if (run === undefined || run.repository.id !== repository.id) throw notFound()
    return run
  }

  /** 404 when the job is not of this repository, or does not exist yet. */
  findJob(repository: Repository, id: number): Job {
    const job = this.jobs.get(id)
    if (job === undefined || job.run.repository.id !== repository.id || job.status === "blocked") throw notFound()
    return job
  }

  /** Newest first. */
  list(repository: Repository, status?: string): ReadonlyArray<WorkflowRun> {
    const runs = (this.#byRepository.get(repository.id) ?? []).toReversed()
    if (status === undefined) return runs
    return runs.filter((run) => run.status === status || run.conclusion === status || isWaiting(run, status))
  }

  clear(): void {
    for (const job of this.jobs.values()) {
      job.stopTimer?.()
      job.stopLimitTimer?.()
    }
    for (const run of this.runs.values()) run.stopLimitTimer?.()
    this.#gates.clear()
    for (const map of [this.runs, this.jobs, this.#byRepository, this.#workflows, this.#dependents]) map.clear()
  }
}

const isWaiting = (run: WorkflowRun, status: string): boolean =>
  status === "waiting" && run.jobs.some((job) => job.status === "waiting")
