// What GitHub says of a workflow job, and how two statements about one job become one.
//
// Answers for: the facts, their ranks (not started < in progress < completed), the merge. Not for reading payloads
// (services/github/WebhookPayload.ts) nor for what follows from a fact (RequestLifecycle.ts).
// Gotchas: deliveries come late, twice, in any order or never, so the merge must not depend on their order. A job id is
// unique per attempt: a re-run is another job. GitHub fills `started_at` and, for hosted jobs, the runner of jobs that
// have not started; `normalizeFacts` removes that, or a queued job would look picked up.
import * as Schema from "effect/Schema"

/** GitHub's `status` of a workflow job (REST schema `job`, webhook `workflow_job`). */
export const JobStatus = Schema.Literals(["queued", "waiting", "pending", "requested", "in_progress", "completed"])
export type JobStatus = typeof JobStatus.Type

const nullableText = Schema.NullOr(Schema.String)
const nullableInt = Schema.NullOr(Schema.Int)

/** All that is known of one job; absent is null. Times are epoch milliseconds by GitHub's clock. */
export const JobFacts = Schema.Struct({
  jobId: Schema.Int,
  runId: nullableInt,
  runAttempt: nullableInt,
  repository: Schema.String,
  installationId: nullableInt,
  /** Empty when unknown. */
  name: Schema.String,
  workflowName: nullableText,
  labels: Schema.Array(Schema.String),
  url: nullableText,
  headBranch: nullableText,
  headSha: nullableText,
  pullRequestNumber: nullableInt,
  status: JobStatus,
  conclusion: nullableText,
  runnerName: nullableText,
  runnerId: nullableInt,
  createdAt: nullableInt,
  startedAt: nullableInt,
  completedAt: nullableInt,
  /** GitHub's time of the fact that decides `status`, as best known; 0 when GitHub gave none. */
  observedAt: Schema.Int
})
export type JobFacts = typeof JobFacts.Type

/** How far a job has come: 0 not started, 1 in progress, 2 completed. Only ever moves forward. */
export const rank = (status: JobStatus): 0 | 1 | 2 => (status === "completed" ? 2 : status === "in_progress" ? 1 : 0)

/** Queued, waiting, pending or requested: no runner has taken the job yet. */
export const isNotStarted = (status: JobStatus): boolean => rank(status) === 0

/**
 * GitHub's time of a fact: the newest of the job's own timestamps. A payload carries no time of its own, and a queued
 * job's `started_at` is the time at which it was queued, which for an approved job is later than its creation.
 */
export const observedTime = (times: {
  readonly createdAt: number | null
  readonly startedAt: number | null
  readonly completedAt: number | null
}): number => Math.max(0, times.createdAt ?? 0, times.startedAt ?? 0, times.completedAt ?? 0)

/**
 * The facts without what GitHub fills in ahead of time: no runner and no start while not started, no conclusion and no
 * end before completed, no runner id (or 0) without a runner name. Idempotent.
 */
export const normalizeFacts = (facts: JobFacts): JobFacts => {
  const progress = rank(facts.status)
  const runnerName = progress === 0 || facts.runnerName === "" ? null : facts.runnerName
  return {
    ...facts,
    runnerName,
    runnerId: runnerName === null || facts.runnerId === 0 ? null : facts.runnerId,
    startedAt: progress === 0 ? null : facts.startedAt,
    conclusion: progress === 2 ? facts.conclusion : null,
    completedAt: progress === 2 ? facts.completedAt : null
  }
}

// Decides a tie inside "not started" at one instant. `queued` wins: GitHub does not always move a timestamp when a job
// is approved, and a runner too many idles out, while a job wrongly held as waiting starves.
const tieOrder: Record<JobStatus, number> = {
  requested: 0,
  waiting: 1,
  pending: 2,
  queued: 3,
  in_progress: 4,
  completed: 5
}

/** Negative when `b` decides, positive when `a` does, 0 when neither differs in status and time. */
const compareProgress = (a: JobFacts, b: JobFacts): number =>
  rank(a.status) - rank(b.status) || a.observedAt - b.observedAt || tieOrder[a.status] - tieOrder[b.status]

// Of two different values GitHub should never have given both. The larger is taken, not the newer: once a gap is filled
// from another fact, whose time the value had is no longer known, and only an order of the values themselves keeps the
// result independent of the order of arrival. It is also the right one where GitHub does change its mind: a later
// start, an installation made anew, the runner that took over from one that never answered have the larger number.
const larger = <A extends number | string>(a: A | null, b: A | null): A | null =>
  a === null ? b : b === null ? a : a > b ? a : b

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// A completed job sometimes comes with labels: []; that says nothing.
const mergeLabels = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<string> =>
  a.length === 0 ? b : b.length === 0 ? a : compareText(JSON.stringify(a), JSON.stringify(b)) >= 0 ? a : b

const compareRunner = (a: JobFacts, b: JobFacts): number =>
  (a.runnerName === null ? 0 : 1) - (b.runnerName === null ? 0 : 1) ||
  (a.runnerId ?? 0) - (b.runnerId ?? 0) ||
  compareText(a.runnerName ?? "", b.runnerName ?? "")

/**
 * What is known after one more fact about the same job. The furthest status wins; inside "not started" the newest by
 * GitHub's time, at the same instant `queued`. Null (and an empty name or label list) never erases a known value. Runner name and id
 * are taken together. Commutative, associative and idempotent over normalised facts, so the order of arrival and
 * repeated deliveries change nothing.
 */
export const mergeFacts = (known: JobFacts, incoming: JobFacts): JobFacts => {
  const a = normalizeFacts(known)
  const b = normalizeFacts(incoming)
  const progress = compareProgress(a, b) || compareText(a.repository, b.repository)
  const decisive = progress >= 0 ? a : b
  const runner = compareRunner(a, b) >= 0 ? a : b
  return {
    jobId: a.jobId,
    runId: larger(a.runId, b.runId),
    runAttempt: larger(a.runAttempt, b.runAttempt),
    // Never absent, so it can follow the decisive fact: after a rename that is the new name.
    repository: decisive.repository,
    installationId: larger(a.installationId, b.installationId),
    name: larger(a.name, b.name) ?? "",
    workflowName: larger(a.workflowName, b.workflowName),
    labels: mergeLabels(a.labels, b.labels),
    url: larger(a.url, b.url),
    headBranch: larger(a.headBranch, b.headBranch),
    headSha: larger(a.headSha, b.headSha),
    pullRequestNumber: larger(a.pullRequestNumber, b.pullRequestNumber),
    status: decisive.status,
    conclusion: larger(a.conclusion, b.conclusion),
    runnerName: runner.runnerName,
    runnerId: runner.runnerId,
    createdAt: larger(a.createdAt, b.createdAt),
    startedAt: larger(a.startedAt, b.startedAt),
    completedAt: larger(a.completedAt, b.completedAt),
    observedAt: decisive.observedAt
  }
}
