// The requests that need a runner spec, and what becomes of them when it is deleted.
//
// Answers for: counting them, and ending those that wait, in the transaction of whoever deletes the spec. One that is being
// provisioned, or removed for its next attempt, goes on; it fails when it asks for the spec again.
// Gotcha: a queued request may have an owner who is just looking at it. It has nothing outside, so it is taken from its
// owner, whose guarded write then matches no row.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { RequestPatch } from "../../domain/RequestDecision.ts"
import { decide } from "../../domain/RequestLifecycle.ts"
import type { Step } from "../telemetry/RequestMetrics.ts"
import { requestsBy } from "./Dialect.ts"
import { columnsOf, decodeRequests } from "./RequestRow.ts"
import type { TellSteps } from "./ToldSteps.ts"

type Sql = SqlClient.SqlClient

const batch = 500

export const countNeeding = (sql: Sql, specName: string) =>
  sql<{ n: number }>`SELECT count(*) AS n FROM (
        SELECT 1 FROM ${requestsBy(sql, "runner_requests_turns")} WHERE status = 'queued' AND spec_name = ${specName}
        UNION ALL
        SELECT 1 FROM ${requestsBy(sql, "runner_requests_outside")}
        WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed' AND spec_name = ${specName}
          AND (status = 'creating' OR (status = 'stopping' AND outcome = 'requeue'))
      ) AS needing`

/** How many requests wait for a runner of the spec, or may come to wait for one again. */
export const needing = (sql: Sql, specName: string) =>
  Effect.map(countNeeding(sql, specName), (rows) => rows[0]?.n ?? 0)

const failBatch = Effect.fnUntraced(function* (
  sql: Sql,
  tellSteps: TellSteps,
  specName: string,
  by: string,
  now: number
) {
  const requests =
    yield* sql`SELECT * FROM ${requestsBy(sql, "runner_requests_turns")} WHERE status = 'queued' AND spec_name = ${specName}
    LIMIT ${batch}`.pipe(Effect.flatMap(decodeRequests))
  // Nearly all become the same, so one statement serves many rows.
  const alike = new Map<string, { readonly patch: RequestPatch; readonly ids: Array<string> }>()
  const entries: Array<Record<string, unknown>> = []
  const steps: Array<Step> = []
  const fact = { _tag: "SpecDeleted", specName, by } as const
  for (const request of requests) {
    const decision = decide(request, fact, now)
    if (decision._tag === "Ignored") continue
    steps.push({ before: request, fact, after: { ...request, ...decision.patch } })
    const key = JSON.stringify(decision.patch)
    const known = alike.get(key)
    if (known === undefined) alike.set(key, { patch: decision.patch, ids: [request.id] })
    else known.ids.push(request.id)
    for (const event of decision.events) entries.push({ requestId: request.id, at: now, ...event })
  }
  for (const { ids, patch } of alike.values()) {
    yield* sql`UPDATE runner_requests SET ${sql.update(columnsOf({ ...patch, updatedAt: now }))}
      WHERE ${sql.in("id", ids)}`
  }
  if (entries.length > 0) yield* sql`INSERT INTO request_events ${sql.insert(entries as never)}`
  yield* tellSteps(steps, now)
  return requests.map(({ id }) => id)
})

/** Ends every queued request of the spec with that reason. Gives their ids. */
export const failWaiting = Effect.fnUntraced(function* (
  sql: Sql,
  tellSteps: TellSteps,
  specName: string,
  by: string,
  now: number
) {
  const failed: Array<string> = []
  while (true) {
    const ids = yield* failBatch(sql, tellSteps, specName, by, now)
    failed.push(...ids)
    if (ids.length < batch) return failed
  }
})
