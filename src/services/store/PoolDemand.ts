// Demand and supply of a pool, as the database has them in one transaction.
//
// Answers for: the two counts that decide whether a request is surplus, and new requests for jobs that no runner is
// coming for: a runner whose labels cover more than its pool's may be given a job of another pool, and the job it
// was made for would wait for ever.
// Gotchas: what GitHub says of a runner counts at once, also before the runner's actor has written it into its row.
// A request that has taken a job of which only the name is known is not free, but counts as supply: its job is still
// counted as waiting, and one of the two is enough.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import { jobHeld } from "../../domain/Demand.ts"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { newTraces } from "../telemetry/NewTrace.ts"
import { replacementRequest, withTrace } from "./NewRequest.ts"
import { decodeRequests, insertColumns } from "./RequestRow.ts"
import { giveTurns } from "./Turns.ts"

type Sql = SqlClient.SqlClient

const count = (rows: ReadonlyArray<{ readonly n: number }>) => rows[0]?.n ?? 0

/** Jobs of the pool that wait for a runner. One whose request an operator stopped gets none: that was a decision. */
const waiting = (sql: Sql, pool: string) => sql`
  job.pool = ${pool} AND job.status = 'queued' AND NOT EXISTS (
    SELECT 1 FROM runner_requests AS stopped WHERE stopped.job_id = job.job_id AND stopped.stop_asked_at IS NOT NULL
      AND (stopped.assigned_job_id IS NULL OR stopped.assigned_job_id = stopped.job_id)
  )`

export const waitingJobs = (sql: Sql, pool: string) =>
  Effect.map(sql<{ n: number }>`SELECT count(*) AS n FROM workflow_jobs AS job WHERE ${waiting(sql, pool)}`, count)

/**
 * Unfinished requests of the pool whose runner has no job that GitHub told us of. One that is held is not coming; it
 * counts only when it is the one that is judged.
 */
const withoutKnownJob = (sql: Sql, pool: string, counted: string) => sql`
  pool = ${pool} AND status <> 'completed' AND status <> 'failed'
    AND (status <> 'stopping' OR outcome = 'requeue') AND assigned_job_id IS NULL
    AND (status <> 'queued' OR last_error_code IS NULL OR last_error_code <> ${jobHeld.code} OR id = ${counted})
    AND NOT EXISTS (SELECT 1 FROM workflow_jobs AS taken WHERE taken.runner_name = runner_requests.runner_name)`

/** Requests of the pool whose runner, there or coming, has no job; the one with this id in any case. */
export const freeRequests = (sql: Sql, pool: string, id: string) =>
  Effect.map(
    sql<{ n: number }>`SELECT count(*) AS n FROM runner_requests
      WHERE ${withoutKnownJob(sql, pool, id)} AND assigned_job_name IS NULL`,
    count
  )

const supply = (sql: Sql, pool: string) =>
  Effect.map(
    sql<{ n: number }>`SELECT count(*) AS n FROM runner_requests WHERE ${withoutKnownJob(sql, pool, "")}`,
    count
  )

/** Waiting jobs without a request of their own that may still serve them, and whose own was not refused a runner. */
const unserved = (sql: Sql, pool: string, limit: number) =>
  sql`SELECT * FROM workflow_jobs AS job WHERE ${waiting(sql, pool)}
    AND NOT EXISTS (
      SELECT 1 FROM runner_requests AS own WHERE own.job_id = job.job_id AND own.assigned_job_id IS NULL
        AND (own.status <> 'completed')
        AND NOT EXISTS (SELECT 1 FROM workflow_jobs AS taken WHERE taken.runner_name = own.runner_name)
    )
    ORDER BY observed_at, job_id LIMIT ${limit}`.pipe(Effect.flatMap(decodeJobs))

const replace = Effect.fnUntraced(function* (sql: Sql, job: JobRow, now: number) {
  const earlier = yield* sql`SELECT * FROM runner_requests WHERE job_id = ${job.jobId} ORDER BY queued_at, id`.pipe(
    Effect.flatMap(decodeRequests)
  )
  const first = earlier[0]
  if (first === undefined) return
  const replacement = replacementRequest(first, job, earlier.length + 1, now, (yield* newTraces)())
  const [turn = 0] = yield* giveTurns(sql, [replacement])
  yield* sql`INSERT INTO runner_requests ${sql.insert(insertColumns(replacement, turn, job))}`
  yield* sql`INSERT INTO request_events ${sql.insert({
    requestId: replacement.id,
    at: now,
    code: "queued",
    message: withTrace(
      `Job "${job.name}" of ${job.repository} still waits: the runner of request ${first.id} was given another job.`,
      replacement
    )
  })}`
})

/** Makes as many new requests as the pool lacks, for its longest waiting jobs. Gives how many. */
export const coverDemand = Effect.fnUntraced(function* (sql: Sql, pool: string, now: number) {
  const lacking = (yield* waitingJobs(sql, pool)) - (yield* supply(sql, pool))
  if (lacking <= 0) return 0
  const jobs = yield* unserved(sql, pool, lacking)
  yield* Effect.forEach(jobs, (job) => replace(sql, job, now), { discard: true })
  return jobs.length
})

/** Pools in which jobs wait. */
export const poolsInDemand = (sql: Sql) =>
  Effect.map(
    sql<{ pool: string }>`SELECT DISTINCT pool FROM workflow_jobs WHERE status = 'queued' AND pool IS NOT NULL`,
    (rows) => rows.map((row) => row.pool)
  )
