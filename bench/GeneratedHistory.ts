// A database with a long history: what lists, metrics and explanations have to cope with.
//
// Answers for: rows as a million finished requests leave them, of either database, made by the database itself in a few
// statements. Everything follows from a row's number, so that two runs make the same. Repositories, job names and reasons
// are skewed: the first has a hundred times as many rows as one in the middle.
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export interface History {
  readonly finished: number
  /** Half of them queued, the others at work. */
  readonly active: number
  readonly eventsPerRequest: number
  /** When the newest was queued, in epoch milliseconds. */
  readonly until: number
}

const chunk = 50_000
const millisBetween = 3_000

export const make = Effect.fnUntraced(function* ({ active, eventsPerRequest, finished, until }: History) {
  const sql = yield* SqlClient.SqlClient
  const total = finished + active
  const text = sql.literal
  const at = (offset: number) => {
    const millis = `${until} - (${total} - i) * ${millisBetween} + ${offset}`
    return sql.onDialectOrElse({
      pg: () => text(`to_timestamp((${millis}) / 1000.0)`),
      orElse: () => text(`(${millis})`)
    })
  }
  /** A number below `n` with few high ones, from the row's number. */
  const skewed = (factor: number, n: number) =>
    text(`(((i * ${factor}) % 1009) * ((i * ${factor}) % 1009) * ((i * ${factor}) % 1009) * ${n} / ${1009 ** 3})`)
  const even = (factor: number, n: number) => text(`((i * ${factor}) % ${n})`)
  const id = text("(30000000000 + i * 17)")
  const failed = text("(i * 31) % 20 = 0")
  const isFinished = text(`i <= ${finished}`)
  const repository = sql`'acme/repository-' || ${skewed(7919, 300)}`
  const jobName = sql`'build-' || ${skewed(6007, 500)}`
  const workflow = sql`'workflow-' || ${even(13, 40)}`
  const labels = '["self-hosted","e2b"]'
  const reason = sql`'reason_' || ${skewed(3511, 12)}`

  const insert = Effect.fnUntraced(function* (from: number, to: number) {
    const rows = sql`WITH RECURSIVE rows (i) AS (
      SELECT CAST(${text(String(from))} AS BIGINT) UNION ALL SELECT i + 1 FROM rows WHERE i < ${text(String(to))})`
    yield* sql`INSERT INTO workflow_jobs (job_id, run_id, run_attempt, repository, name, workflow_name, labels, status,
        runner_name, observed_at, path, pool, learnt_at, updated_at)
      ${rows} SELECT ${id}, ${id} / 4, 1, ${repository}, ${jobName}, ${workflow}, ${labels},
        CASE WHEN ${isFinished} THEN 'completed' ELSE 'queued' END,
        CASE WHEN ${isFinished} THEN 'e2b-tag234-' || ${id} || '-1' ELSE NULL END,
        ${at(0)}, 'webhook', 'pool-' || ${even(11, 20)}, ${at(0)}, ${at(100_000)} FROM rows`
    yield* sql`INSERT INTO runner_requests (id, source, job_id, job_name, workflow_name, repository, spec_name, pool,
        requested_labels, labels, runner_name, sandbox_id, status, attempt, failure_stage, failure_reason, error,
        assigned_job_id, turn, queued_at, creating_at, running_at, assigned_at, stopping_at, completed_at, failed_at, updated_at, sandbox_may_exist)
      ${rows} SELECT CAST(${id} AS TEXT), 'github_webhook', ${id}, ${jobName}, ${workflow}, ${repository},
        'spec-' || ${even(11, 20)}, 'pool-' || ${even(11, 20)}, ${labels}, ${labels},
        CASE WHEN ${isFinished} OR i % 2 = 0 THEN 'e2b-tag234-' || ${id} || '-1' ELSE NULL END,
        CASE WHEN ${isFinished} OR i % 2 = 0 THEN 'i' || ((i * 2654435761) % 4294967296) || '-bench' ELSE NULL END,
        CASE WHEN NOT (${isFinished}) THEN CASE WHEN i % 2 = 1 THEN 'queued' ELSE 'running' END
          WHEN ${failed} THEN 'failed' ELSE 'completed' END,
        1,
        CASE WHEN ${isFinished} AND ${failed} THEN 'sandbox_create' ELSE NULL END,
        CASE WHEN ${isFinished} AND ${failed} THEN ${reason} ELSE NULL END,
        CASE WHEN ${isFinished} AND ${failed} THEN 'It did not work.' ELSE NULL END,
        CASE WHEN ${isFinished} THEN ${id} ELSE NULL END, i, ${at(0)}, ${at(500)}, ${at(2_000)},
        CASE WHEN ${isFinished} THEN ${at(4_000)} ELSE NULL END, CASE WHEN ${isFinished} THEN ${at(99_000)} ELSE NULL END,
        CASE WHEN ${isFinished} AND NOT (${failed}) THEN ${at(100_000)} ELSE NULL END,
        CASE WHEN ${isFinished} AND ${failed} THEN ${at(100_000)} ELSE NULL END, ${at(100_000)},
        CASE WHEN ${isFinished} OR i % 2 = 1 THEN 0 ELSE 1 END FROM rows`
    for (let step = 0; step < eventsPerRequest; step += 1) {
      yield* sql`INSERT INTO request_events (request_id, at, code, message)
        ${rows} SELECT CAST(${id} AS TEXT), ${at(step * 1_000)}, 'note', 'Something that is worth a sentence.' FROM rows`
    }
  })

  for (let from = 1; from <= total; from += chunk) {
    yield* sql.withTransaction(insert(from, Math.min(total, from + chunk - 1)))
  }
  // What PostgreSQL's autovacuum does by itself after a while.
  yield* sql.onDialectOrElse({
    pg: () => Effect.asVoid(sql`VACUUM ANALYZE`),
    orElse: () => Effect.void
  })
})
