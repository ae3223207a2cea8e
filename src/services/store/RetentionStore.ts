// Removing what is old, a batch at a time.
//
// Answers for: what may go, and that each batch is one short transaction, so that intake is never held up. Not for how
// old is old, nor for when (fibers/Retention.ts).
// Gotchas: logs, timeline entries, audit events and jobs are looked at from their oldest key on, without an index on time: a batch
// removes what is old among the oldest, and an empty one means that nothing is left to remove. A job stays for as long as an
// unfinished request was made for it, so that a request's end can be judged.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { exclusively, instant } from "./Dialect.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** What has a time of its own to be kept; `bodies` are those of webhook deliveries, `requests` include their jobs. */
export const kinds = ["bodies", "deliveries", "logs", "events", "requests", "audit"] as const
export type Kind = (typeof kinds)[number]

const batch = 500

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  type Ids = ReadonlyArray<{ readonly id: string | number }>

  const idsOf = (rows: Ids) => rows.map((row) => row.id)

  const oldestOf = Effect.fnUntraced(function* (table: string, before: number) {
    const old = yield* sql<{ id: number }>`SELECT id FROM
      (SELECT id, at FROM ${sql(table)} ORDER BY id LIMIT ${batch}) AS oldest WHERE at < ${instant(before)}`
    if (old.length > 0) yield* sql`DELETE FROM ${sql(table)} WHERE ${sql.in("id", idsOf(old))}`
    return old.length
  })

  const bodies = Effect.fnUntraced(function* (before: number) {
    const old = yield* sql<{ id: number }>`SELECT id FROM webhook_deliveries
      WHERE body IS NOT NULL AND received_at < ${instant(before)} ORDER BY received_at LIMIT ${batch}`
    if (old.length > 0) yield* sql`UPDATE webhook_deliveries SET body = NULL WHERE ${sql.in("id", idsOf(old))}`
    return old.length
  })

  const deliveries = Effect.fnUntraced(function* (before: number) {
    const old = yield* sql<{ id: number }>`SELECT id FROM webhook_deliveries
      WHERE received_at < ${instant(before)} ORDER BY received_at LIMIT ${batch}`
    if (old.length > 0) yield* sql`DELETE FROM webhook_deliveries WHERE ${sql.in("id", idsOf(old))}`
    return old.length
  })

  const jobs = Effect.fnUntraced(function* (before: number) {
    const old = yield* sql<{ id: number }>`SELECT job_id AS id FROM
      (SELECT job_id, updated_at FROM workflow_jobs ORDER BY job_id LIMIT ${batch}) AS oldest
      WHERE updated_at < ${instant(before)} AND NOT EXISTS (SELECT 1 FROM runner_requests
        WHERE runner_requests.job_id = oldest.job_id AND status <> 'completed' AND status <> 'failed')`
    if (old.length > 0) yield* sql`DELETE FROM workflow_jobs WHERE ${sql.in("job_id", idsOf(old))}`
    return old.length
  })

  const requests = Effect.fnUntraced(function* (before: number) {
    const old = yield* sql<{ id: string }>`SELECT id FROM runner_requests
      WHERE queued_at < ${instant(before)} AND updated_at < ${instant(before)} AND (status = 'completed' OR status = 'failed')
      ORDER BY queued_at LIMIT ${batch}`
    if (old.length === 0) return yield* jobs(before)
    for (const table of ["request_events", "request_logs"]) {
      yield* sql`DELETE FROM ${sql(table)} WHERE ${sql.in("request_id", idsOf(old))}`
    }
    yield* sql`DELETE FROM runner_requests WHERE ${sql.in("id", idsOf(old))}`
    return old.length
  })

  const removals: Record<Kind, (before: number) => Effect.Effect<number, SqlError>> = {
    bodies,
    deliveries,
    logs: (before) => oldestOf("request_logs", before),
    events: (before) => oldestOf("request_events", before),
    requests,
    audit: (before) => oldestOf("audit_events", before)
  }

  return RetentionStore.of({
    removeSome: Effect.fn("RetentionStore.removeSome")((kind: Kind, before: number) =>
      removals[kind](before).pipe(exclusively(sql), asStoreError("removeSome"))
    )
  })
})

export class RetentionStore extends Context.Service<
  RetentionStore,
  {
    /** Removes a batch of what is older than `before` (epoch milliseconds). Gives how much; 0: nothing is left. */
    readonly removeSome: (kind: Kind, before: number) => Effect.Effect<number, StoreError>
  }
>()("runnerd/services/store/RetentionStore") {
  static readonly layer = Layer.effect(RetentionStore, make)
}
