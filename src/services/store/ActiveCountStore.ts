// What the gauges are made of: counts over unfinished requests, nodes and limits.
//
// Answers for: reading it without a look at what is finished: each half of the unfinished has a partial index of its own
// (migrations/0001), which SQLite is told: it would rather take the one of all that did not complete. Read at most once a second, however many ask, and beside intake (ReadClient.ts). Not for what becomes of it (telemetry/SharedMetrics.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type { RequestStatus } from "../../domain/RunnerRequest.ts"
import type { SpecDeaths } from "../../domain/SpecBreaker.ts"
import { requestsBy } from "./Dialect.ts"
import { ReadClient } from "./ReadClient.ts"
import { readRunnerVersions, type RunnerVersions } from "./RunnerVersionStore.ts"
import { specDeaths } from "./SpecHealthRows.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** Unfinished requests that are alike. */
export interface RequestCount {
  readonly specName: string | null
  readonly status: RequestStatus
  readonly owner: string | null
  /** 1: its runner has taken a job. */
  readonly busy: number
  /** 1: it has failed before, or waits for a due time. */
  readonly retrying: number
  /** 1: it counts against the caps. */
  readonly sandbox: number
  readonly n: number
  readonly oldestAt: number
}

export interface ActiveCounts {
  /** Epoch milliseconds. */
  readonly now: number
  readonly tookMillis: number
  readonly requests: ReadonlyArray<RequestCount>
  /** The same requests. Apart, because all combinations would be nearly as many as the requests. */
  readonly repositories: ReadonlyArray<{
    readonly repository: string
    readonly status: RequestStatus
    readonly n: number
  }>
  readonly specs: ReadonlyArray<{ readonly name: string; readonly maxConcurrency: number; readonly enabled: number }>
  /** By spec; those without deaths are left out. */
  readonly deaths: ReadonlyMap<string, SpecDeaths>
  readonly runners: RunnerVersions
  /** Processes that have not ended. */
  readonly nodes: ReadonlyArray<{ readonly incarnation: string; readonly host: string; readonly heartbeatAt: number }>
  /** Until when nothing may be begun, by whose limit it is. */
  readonly limits: ReadonlyArray<{
    readonly scope: string
    readonly openAt: number | null
    readonly claimsOpenAt: number | null
  }>
  /** When the newest delivery came in; null: none is stored. */
  readonly lastDeliveryAt: number | null
}

/** Both ways of counting in one walk over the rows, which are wide; by repository when there is one. */
export const unfinishedCounts = (sql: SqlClient.SqlClient) => {
  const columns = sql`spec_name, repository, status, owner,
    CASE WHEN assigned_job_id IS NULL AND assigned_job_name IS NULL THEN 0 ELSE 1 END AS busy,
    CASE WHEN attempt = 0 AND deferrals = 0 AND due_at IS NULL AND cleanup_due_at IS NULL THEN 0 ELSE 1 END AS retrying,
    sandbox_may_exist AS sandbox, coalesce(retried_at, queued_at) AS since_at`
  const nothing = sql`CAST(NULL AS TEXT)`
  return sql<RequestCount & { readonly repository: string | null }>`
    WITH active AS MATERIALIZED (
      SELECT ${columns} FROM ${requestsBy(sql, "runner_requests_turns")} WHERE status = 'queued'
      UNION ALL
      SELECT ${columns} FROM ${requestsBy(sql, "runner_requests_outside")}
      WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed'
    )
    SELECT ${nothing} AS repository, spec_name, status, owner, busy, retrying, sandbox,
      count(*) AS n, min(since_at) AS oldest_at FROM active GROUP BY spec_name, status, owner, busy, retrying, sandbox
    UNION ALL
    SELECT repository, ${nothing}, status, ${nothing}, 0, 0, 0, count(*), min(since_at)
      FROM active GROUP BY repository, status`
}

const make = Effect.gen(function* () {
  const sql = yield* ReadClient
  const clock = yield* StoreClock

  const read = Effect.gen(function* () {
    const now = yield* clock.now
    // At once: each question to the thread of SQLite's reader may wait for a processor.
    const { deliveries, rows, ...rest } = yield* Effect.all(
      {
        rows: unfinishedCounts(sql),
        specs: sql<ActiveCounts["specs"][number]>`SELECT name, max_concurrency, enabled FROM runner_specs`,
        deaths: specDeaths(sql),
        runners: readRunnerVersions(sql),
        nodes: sql<ActiveCounts["nodes"][number]>`SELECT incarnation, host, heartbeat_at FROM nodes
          WHERE ended_at IS NULL`,
        limits: sql<ActiveCounts["limits"][number]>`SELECT scope, open_at, claims_open_at FROM provider_limits`,
        deliveries: sql<{ at: number | null }>`SELECT max(received_at) AS at FROM webhook_deliveries`
      },
      { concurrency: "unbounded" }
    )
    const found = {
      requests: rows.filter(({ repository }) => repository === null),
      repositories: rows.flatMap(({ n, repository, status }) =>
        repository === null ? [] : [{ repository, status, n }]
      )
    }
    return { ...rest, ...found, now, tookMillis: (yield* clock.now) - now, lastDeliveryAt: deliveries[0]?.at ?? null }
  }).pipe(Effect.withSpan("ActiveCounts.read"), asStoreError("activeCounts"))

  return ActiveCountStore.of({ read: yield* Effect.cachedWithTTL(read, "1 second") })
})

export class ActiveCountStore extends Context.Service<
  ActiveCountStore,
  {
    /** At most a second old. */
    readonly read: Effect.Effect<ActiveCounts, StoreError>
  }
>()("runnerd/services/store/ActiveCountStore") {
  static readonly layer = Layer.effect(ActiveCountStore, make)
}
