// Rounds that ask GitHub for what no event told: queued jobs, and the end of jobs that are believed to go on.
//
// Answers for: finding both within a bounded number of lists per round, whatever was lost. A round may spend half of
// `repair.reconcile_calls` on runs of repositories and the rest on jobs of runs; what it did not get to comes first in the
// next. Not for making requests for jobs: they are taken in like a webhook's.
// Gotchas: what GitHub counts for itself waits for itself: a limit of one account leaves the others' repositories alone, and
// what is its own keeps until the limit is over. Lists are asked for by their ETag, so what has not changed costs nothing of GitHub's hourly limit. A job that
// GitHub does not know is believed gone only when its repository answers, and only when it is asked about the second time: what
// is dropped does not come back.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { appScope, scopeOf } from "../domain/CallLimit.ts"
import { ofGitHubError } from "../domain/Disposition.ts"
import { isAllowed, isRepositoryName, repositoryKey } from "../domain/RepositoryName.ts"
import type { GitHubError } from "../domain/GitHubError.ts"
import { Config } from "../services/config/Config.ts"
import { GitHub } from "../services/github/GitHub.ts"
import { countedBy } from "../services/github/GitHubLimits.ts"
import type { JobRow } from "../services/store/JobRow.ts"
import { RepairStore } from "../services/store/RepairStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"
import { takeFacts, takeJobs } from "./TakeJobs.ts"
import { takeTurn } from "./Turns.ts"
import { notBefore } from "./Waiting.ts"

/** Queued jobs are in runs that have begun and in runs that have not. */
const statuses = ["queued", "in_progress"] as const
const concurrency = 4

interface Run {
  readonly id: number
  readonly repository: string
}

export interface Progress {
  /** What the last round did not get to any more: the first of the lately active repositories and of the others, all runs. */
  readonly nextActive: string | undefined
  readonly nextOther: string | undefined
  readonly waiting: ReadonlyArray<Run>
  /** Jobs that GitHub did not know when it was last asked about them. */
  readonly missed: ReadonlySet<number>
  /** Until when GitHub does not want to be asked (epoch milliseconds), by whose limit that is (CallLimit.scopeOf). */
  readonly paused: ReadonlyMap<string, number>
}

export const beginning: Progress = {
  nextActive: undefined,
  nextOther: undefined,
  waiting: [],
  missed: new Set(),
  paused: new Map()
}

/** Whose limits a round has met, and until when they hold. */
type Limits = Map<string, number>

/** Whose limit calls for this repository count against. */
const scopeFor = Effect.map(Config, ({ github }) => {
  const counted = countedBy(github.auth)
  return (repository: string) => scopeOf(counted, repository)
})

/**
 * One place that GitHub cannot or will not speak of now does not end the round, nor does a limit, which is noted; refused
 * credentials do.
 */
const orElse = Effect.fnUntraced(function* <A, R>(
  asked: Effect.Effect<A, GitHubError | StoreError, R>,
  otherwise: A,
  scope: string,
  limits: Limits
) {
  if (limits.has(scope)) return otherwise
  const now = yield* (yield* StoreClock).now
  return yield* asked.pipe(
    Effect.catchIf(
      (error): error is GitHubError => error._tag === "GitHubError" && error.reason._tag !== "Unauthorized",
      (error) => {
        const disposition = ofGitHubError(error)
        if (disposition._tag === "Deferred") limits.set(scope, notBefore(disposition, now) ?? now)
        return Effect.as(
          Effect.logWarning("GitHub could not be asked; a later round asks again", error.message),
          otherwise
        )
      }
    )
  )
})

/** Where queued jobs may be: where some were seen lately, and elsewhere. */
const repositories = Effect.fnUntraced(function* (limits: Limits) {
  const { github: settings } = yield* Config
  const store = yield* RepairStore
  const github = yield* GitHub
  const active = yield* store.activeRepositories
  const named = settings.allowedRepositories.filter(isRepositoryName)
  // Patterns and an empty allowlist leave open which repositories there are.
  const open = settings.allowedRepositories.length === 0 || named.length < settings.allowedRepositories.length
  const installed = open ? yield* orElse(github.installedRepositories(), [], appScope, limits) : []
  const allowed = (names: ReadonlyArray<string>) =>
    names.filter((name) => isAllowed(settings.allowedRepositories, name))
  const lately = new Set(active.map(repositoryKey))
  const others = new Map([...named, ...allowed(installed)].map((name) => [repositoryKey(name), name]))
  for (const key of lately) others.delete(key)
  return { active: allowed(active), others: [...others.values()] }
})

/** Those of these repositories that answered, and their unfinished runs. */
const listRuns = Effect.fnUntraced(function* (names: ReadonlyArray<string>, limits: Limits) {
  const github = yield* GitHub
  const scopeOfRepository = yield* scopeFor
  const found = yield* Effect.forEach(
    names,
    (repository) =>
      Effect.forEach(statuses, (status) => github.listRuns(repository, status)).pipe(
        Effect.map((lists) => [{ repository, runs: lists.flat().map((run): Run => ({ id: run.id, repository })) }]),
        (listed) => orElse(listed, [], scopeOfRepository(repository), limits),
        Effect.annotateLogs({ repository })
      ),
    { concurrency }
  )
  const answered = found.flat()
  return {
    answered: new Set(answered.map(({ repository }) => repositoryKey(repository))),
    runs: answered.flatMap(({ runs }) => runs)
  }
})

/** Takes in the run's jobs. Gives those of `open` that are not among them. */
const lookAtRun = Effect.fnUntraced(function* (run: Run, open: ReadonlyArray<JobRow>) {
  const github = yield* GitHub
  const jobs = yield* github
    .listRunJobs(run.repository, run.id)
    .pipe(Effect.catchReason("GitHubError", "NotFound", () => Effect.succeed([])))
  yield* takeJobs(run.repository, jobs, "reconcile")
  const listed = new Set(jobs.map((job) => job.id))
  return open.filter((job) => !listed.has(job.jobId))
})

/** Asks for a job by itself: one of an earlier attempt is in no list. True: GitHub does not know it. */
const isUnknown = Effect.fnUntraced(function* (job: JobRow) {
  const github = yield* GitHub
  return yield* github.getJob(job.repository, job.jobId).pipe(
    Effect.tap((found) => takeJobs(job.repository, [found], "reconcile")),
    Effect.as(false),
    Effect.catchReason("GitHubError", "NotFound", () => Effect.succeed(true))
  )
})

/** The job is over for us: nobody can run what GitHub does not know. */
const drop = Effect.fnUntraced(function* (job: JobRow, now: number) {
  yield* Effect.logWarning("GitHub no longer knows a job; it counts as cancelled").pipe(
    Effect.annotateLogs({ job: job.jobId, repository: job.repository })
  )
  // GitHub's times, unlike the store's, are whole milliseconds.
  const at = Math.floor(now)
  const over = { status: "completed", conclusion: "cancelled", completedAt: at, observedAt: at } as const
  yield* takeFacts([{ ...job, ...over }], "reconcile")
})

/** One round. What a limit of GitHub's holds is not asked for until it is over. */
export const round = Effect.fn("Reconciler.round")(function* (progress: Ref.Ref<Progress>) {
  const { repair } = yield* Config
  const store = yield* RepairStore
  const now = yield* (yield* StoreClock).now
  const before = yield* Ref.get(progress)
  const scopeOfRepository = yield* scopeFor
  const limits: Limits = new Map([...before.paused].filter(([, until]) => until > now))
  const isOpen = (repository: string) => !limits.has(scopeOfRepository(repository))

  const half = Math.floor(repair.reconcileCalls / 2)
  const room = Math.floor(half / statuses.length)
  const known = yield* repositories(limits)
  // The others are guaranteed half of the room, as far as they need it.
  const roomForActive = Math.max(Math.ceil(room / 2), room - known.others.filter(isOpen).length)
  const lately = takeTurn(known.active, (name) => name === before.nextActive, roomForActive, isOpen)
  const dormant = takeTurn(known.others, (name) => name === before.nextOther, room - lately.taken.length, isOpen)
  const { answered, runs } = yield* listRuns([...lately.taken, ...dormant.taken], limits)

  const open = Map.groupBy(yield* store.openJobs, (job) => job.runId ?? 0)
  const believed = [...open].map(([id, jobs]): Run => ({ id, repository: jobs[0]!.repository }))
  // In the order in which they were found, so that each gets its turn.
  const all = [...new Map([...before.waiting, ...believed, ...runs].map((run) => [run.id, run])).values()]
  const looked = all.filter((run) => isOpen(run.repository)).slice(0, half)
  const absent = yield* Effect.forEach(
    looked,
    (run) => orElse(lookAtRun(run, open.get(run.id) ?? []), [], scopeOfRepository(run.repository), limits),
    { concurrency }
  )
  const doubtful = absent.flat().filter((job) => answered.has(repositoryKey(job.repository)))
  const missed = new Set(before.missed)
  yield* Effect.forEach(
    doubtful.slice(0, half),
    Effect.fnUntraced(function* (job) {
      const unknown = yield* orElse(isUnknown(job), undefined, scopeOfRepository(job.repository), limits)
      if (unknown === true && missed.has(job.jobId)) yield* drop(job, now)
      else if (unknown === true) missed.add(job.jobId)
      else if (unknown === false) missed.delete(job.jobId)
    }),
    { concurrency, discard: true }
  )
  const stillOpen = new Set([...open.values()].flat().map((job) => job.jobId))
  const done = new Set(looked.filter((run) => isOpen(run.repository)).map((run) => run.id))
  yield* Ref.set(progress, {
    nextActive: lately.taken.find((name) => !isOpen(name)) ?? lately.next ?? before.nextActive,
    nextOther: dormant.taken.find((name) => !isOpen(name)) ?? dormant.next ?? before.nextOther,
    waiting: all.filter((run) => !done.has(run.id)),
    missed: new Set([...missed].filter((id) => stillOpen.has(id))),
    paused: limits
  })
})

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { repair } = yield* Config
    const leadership = yield* Leadership
    const progress = yield* Ref.make(beginning)
    yield* Loop.every("reconciliation", repair.reconcileInterval, leadership.only(round(progress))).pipe(
      Effect.forkScoped
    )
  })
)
