// Jobs that lost their runner to another pool get a new request, in the transaction that learns of it.
//
// A runner whose labels cover more than its pool's may be given a job of another pool. Inside a pool a swap needs
// nothing; across pools the displaced job would wait for ever.
// Gotcha: a request that has taken a job of which only the name is known counts as supply: its job is still
// counted as waiting, and one of the two is enough.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { decodeJobs } from "./JobRow.ts"
import { replacementRequest } from "./NewRequest.ts"
import { insertColumns } from "./RequestRow.ts"

/**
 * To be called when `request`'s runner turns out to have the job of another request. Gives the new request's id, or
 * undefined when the pool's other requests suffice.
 */
export const replaceDisplaced = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  request: RunnerRequest,
  now: number
) {
  const { id, jobId, pool } = request
  const supply = yield* sql<{ n: number }>`
    SELECT count(*) AS n FROM runner_requests
    WHERE pool = ${pool} AND status <> 'completed' AND status <> 'failed'
      AND (status <> 'stopping' OR outcome = 'requeue') AND assigned_job_id IS NULL AND id <> ${id}`
  const waiting = yield* sql<{ n: number }>`
    SELECT count(*) AS n FROM workflow_jobs WHERE pool = ${pool} AND status = 'queued'`
  if ((supply[0]?.n ?? 0) >= (waiting[0]?.n ?? 0)) return undefined
  const unserved = yield* sql`
    SELECT * FROM workflow_jobs AS job WHERE pool = ${pool} AND status = 'queued'
      AND NOT EXISTS (
        SELECT 1 FROM runner_requests AS other
        WHERE other.job_id = job.job_id AND other.id <> ${id} AND other.assigned_job_id IS NULL
          AND other.status <> 'completed' AND other.status <> 'failed'
      )
    ORDER BY CASE WHEN job_id = ${jobId} THEN 0 ELSE 1 END, observed_at, job_id LIMIT 1`.pipe(
    Effect.flatMap(decodeJobs)
  )
  const job = unserved[0]
  if (job === undefined) return undefined
  const earlier = yield* sql<{ n: number }>`SELECT count(*) AS n FROM runner_requests WHERE job_id = ${job.jobId}`
  const replacement = replacementRequest(request, job, (earlier[0]?.n ?? 0) + 1, now)
  yield* sql`INSERT INTO runner_requests ${sql.insert(insertColumns(replacement))}`
  yield* sql`INSERT INTO request_events ${sql.insert({
    requestId: replacement.id,
    at: now,
    code: "queued",
    message: `Job "${job.name}" of ${job.repository} still waits: the runner of request ${id} was given a job of another pool.`
  })}`
  return replacement.id
})
