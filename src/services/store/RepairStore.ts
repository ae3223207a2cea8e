// What intake repair asks and remembers in the database.
//
// Answers for: runs whose jobs are to be listed, deliveries that never arrived, where jobs are worth looking for, and which of
// them would have been lost. Not for taking anything in (IntakeStore.ts).
// Gotcha: a run is taken by moving its due time, so a node that dies over it, or fails, only puts it off.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import { instant, jobsBy, requestsBy } from "./Dialect.ts"
import { decodeJobs, type IntakePath, type JobRow } from "./JobRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface RunCheck {
  readonly runId: number
  readonly repository: string
  readonly installationId: number | null
  /** When it was last asked for (epoch milliseconds). */
  readonly askedAt: number
  /** Looks that failed, this one not counted. */
  readonly attempt: number
}

/** What `workflow_job` webhooks have let us hear, epoch milliseconds. */
export interface Heard {
  /** The last one that was received; null: none ever. */
  readonly heardAt: number | null
  /** The first job or delivery since then that came to be known in another way; null: none did. */
  readonly unheardSince: number | null
}

/** Jobs whose ids are newest, which stand for the repositories that were active lately. */
const recentJobs = 2_000

type Sql = SqlClient.SqlClient

/** Jobs that are said to wait for a runner of ours. */
export const waitingJobsOfRuns = (sql: Sql) => sql`SELECT * FROM ${jobsBy(sql, "workflow_jobs_demand")}
  WHERE status = 'queued' AND pool IS NOT NULL AND run_id IS NOT NULL`

/** Jobs that are not over and that an unfinished request has, or was made for. */
export const jobsOfUnfinished = (sql: Sql) => sql`SELECT job.* FROM (
    SELECT COALESCE(assigned_job_id, job_id) AS job_id FROM ${requestsBy(sql, "runner_requests_pool")}
    WHERE pool IS NOT NULL AND status <> 'completed' AND status <> 'failed'
  ) AS unfinished
  JOIN workflow_jobs AS job ON job.job_id = unfinished.job_id
  WHERE job.status <> 'completed' AND job.run_id IS NOT NULL`

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock

  return RepairStore.of({
    takeRuns: Effect.fn("RepairStore.takeRuns")(function* (limit: number, leaseMillis: number) {
      const now = yield* clock.now
      // Whoever is faster moves the due time, so that the other's UPDATE leaves the run to it: no transaction is needed, and none is
      // begun every few seconds where nothing is due.
      const due = yield* sql<{ runId: number }>`SELECT run_id FROM run_checks
          WHERE due_at <= ${instant(now)} ORDER BY due_at LIMIT ${limit}`
      if (due.length === 0) return []
      return yield* sql<RunCheck>`UPDATE run_checks SET due_at = ${instant(now + leaseMillis)}
          WHERE ${sql.in(
            "run_id",
            due.map((row) => row.runId)
          )} AND due_at <= ${instant(now)}
          RETURNING run_id, repository, installation_id, asked_at, attempt`
    }, asStoreError("takeRuns")),
    finishRun: Effect.fn("RepairStore.finishRun")(function* (check: RunCheck) {
      yield* sql`DELETE FROM run_checks WHERE run_id = ${check.runId} AND asked_at = ${instant(check.askedAt)}`
    }, asStoreError("finishRun")),
    putOffRun: Effect.fn("RepairStore.putOffRun")(function* (check: RunCheck, dueAt: number) {
      yield* sql`UPDATE run_checks SET due_at = ${instant(dueAt)}, attempt = ${check.attempt + 1}
        WHERE run_id = ${check.runId} AND asked_at = ${instant(check.askedAt)}`
    }, asStoreError("putOffRun")),

    unknownDeliveries: Effect.fn("RepairStore.unknownDeliveries")(function* (guids: ReadonlyArray<string>) {
      if (guids.length === 0) return new Set<string>()
      const known = yield* sql<{ guid: string }>`SELECT guid FROM webhook_deliveries WHERE ${sql.in("guid", guids)}`
      const unknown = new Set(guids)
      for (const { guid } of known) unknown.delete(guid)
      return unknown
    }, asStoreError("unknownDeliveries")),
    mark: Effect.fn("RepairStore.mark")(function* (name: string) {
      const rows = yield* sql<{ reachedAt: number }>`SELECT reached_at FROM repair_marks WHERE name = ${name}`
      return Option.fromNullishOr(rows[0]?.reachedAt)
    }, asStoreError("mark")),
    setMark: Effect.fn("RepairStore.setMark")(function* (name: string, reachedAt: number) {
      yield* sql`INSERT INTO repair_marks ${sql.insert({ name, reachedAt })}
        ON CONFLICT (name) DO UPDATE SET reached_at = excluded.reached_at`
    }, asStoreError("setMark")),

    activeRepositories: sql<{ repository: string }>`SELECT repository, max(job_id) AS newest
      FROM (SELECT job_id, repository FROM workflow_jobs ORDER BY job_id DESC LIMIT ${recentJobs}) AS recent
      GROUP BY repository ORDER BY newest DESC`.pipe(
      Effect.map((rows) => rows.map((row) => row.repository)),
      asStoreError("activeRepositories")
    ),
    openJobs: Effect.gen(function* () {
      const waiting = yield* waitingJobsOfRuns(sql).pipe(Effect.flatMap(decodeJobs))
      const requested = yield* jobsOfUnfinished(sql).pipe(Effect.flatMap(decodeJobs))
      return [...new Map([...waiting, ...requested].map((job) => [job.jobId, job])).values()]
    }).pipe(asStoreError("openJobs")),

    rescued: sql<{ path: IntakePath; n: number }>`SELECT path, count(*) AS n FROM workflow_jobs
      WHERE announced_at IS NULL AND path <> 'webhook' AND pool IS NOT NULL GROUP BY path`.pipe(
      Effect.map((rows) => new Map(rows.map((row) => [row.path, row.n]))),
      asStoreError("rescued")
    ),
    heard: Effect.gen(function* () {
      const last = yield* sql<{ at: number }>`SELECT received_at AS at FROM webhook_deliveries
        WHERE path = 'webhook' AND event = 'workflow_job' AND outcome <> 'Foreign'
        ORDER BY received_at DESC LIMIT 1`
      const heardAt = last[0]?.at ?? null
      const jobs = yield* sql<{ at: number | null }>`SELECT min(learnt_at) AS at FROM workflow_jobs
        WHERE announced_at IS NULL AND path <> 'webhook' AND pool IS NOT NULL AND learnt_at > ${instant(heardAt ?? 0)}`
      const fetched = yield* sql<{ at: number | null }>`SELECT min(received_at) AS at FROM webhook_deliveries
        WHERE path = 'redelivery' AND event = 'workflow_job' AND received_at > ${instant(heardAt ?? 0)}`
      const times = [jobs[0]?.at ?? null, fetched[0]?.at ?? null].filter((at) => at !== null)
      return { heardAt, unheardSince: times.length === 0 ? null : Math.min(...times) }
    }).pipe(asStoreError("heard"))
  })
})

export class RepairStore extends Context.Service<
  RepairStore,
  {
    /** Takes runs whose time has come; they come back after `leaseMillis` unless they are finished or put off. */
    readonly takeRuns: (limit: number, leaseMillis: number) => Effect.Effect<ReadonlyArray<RunCheck>, StoreError>
    /** Its jobs were taken in. When it was asked for once more meanwhile, it stays. */
    readonly finishRun: (check: RunCheck) => Effect.Effect<void, StoreError>
    readonly putOffRun: (check: RunCheck, dueAt: number) => Effect.Effect<void, StoreError>
    /** Those of GitHub's delivery ids that were never taken in. */
    readonly unknownDeliveries: (guids: ReadonlyArray<string>) => Effect.Effect<ReadonlySet<string>, StoreError>
    /** Up to when something has been looked through (epoch milliseconds). */
    readonly mark: (name: string) => Effect.Effect<Option.Option<number>, StoreError>
    readonly setMark: (name: string, reachedAt: number) => Effect.Effect<void, StoreError>
    /** Repositories whose jobs were seen lately, the latest first. */
    readonly activeRepositories: Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Jobs that are said to wait for a runner of ours, or that an unfinished request has or was made for. */
    readonly openJobs: Effect.Effect<ReadonlyArray<JobRow>, StoreError>
    /** Jobs with a runner spec that would have been lost with webhooks alone, by the path that found them. */
    readonly rescued: Effect.Effect<ReadonlyMap<IntakePath, number>, StoreError>
    readonly heard: Effect.Effect<Heard, StoreError>
  }
>()("runnerd/services/store/RepairStore") {
  static readonly layer = Layer.effect(RepairStore, make)
}
