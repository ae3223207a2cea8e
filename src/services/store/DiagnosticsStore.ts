// How things stand with the database and with what it keeps for all nodes, read for whoever looks into trouble.
//
// Answers for: one look, beside intake (ReadClient.ts). Not for what it means (http/handlers/Diagnostics.ts).
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Capacity, ClaimRules } from "../../domain/Capacity.ts"
import type { RequestStatus } from "../../domain/RunnerRequest.ts"
import { readCapacity } from "./CapacityRows.ts"
import { instant, requestsBy } from "./Dialect.ts"
import { ReadClient } from "./ReadClient.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** The database itself. */
export interface DatabaseState {
  /** Of the database's software. */
  readonly version: string
  /** The newest migration that has run. */
  readonly schema: string
  readonly sizeBytes: number
  /** From a question to its answer, as a reader of this process sees it. */
  readonly latencyMillis: number
}

/** Unfinished requests that a node holds, by what is done for them. */
export interface HeldWork {
  readonly owner: string
  readonly status: RequestStatus
  readonly stage: string | null
  readonly n: number
}

/** What GitHub or E2B told us to wait for, and that holds now. Times are epoch milliseconds. */
export interface LimitThatHolds {
  readonly scope: string
  readonly openAt: number | null
  readonly claimsOpenAt: number | null
  readonly code: string | null
  readonly message: string | null
  readonly refusedAt: number | null
  readonly refusals: number
}

export interface SharedState {
  readonly now: number
  readonly database: DatabaseState
  readonly capacity: Capacity
  readonly limits: ReadonlyArray<LimitThatHolds>
  readonly work: ReadonlyArray<HeldWork>
}

export class DiagnosticsStore extends Context.Service<
  DiagnosticsStore,
  {
    readonly read: (rules: ClaimRules) => Effect.Effect<SharedState, StoreError>
  }
>()("runnerd/services/store/DiagnosticsStore") {
  static readonly layer = Layer.effect(
    DiagnosticsStore,
    Effect.gen(function* () {
      const sql = yield* ReadClient
      const clock = yield* StoreClock

      const about = sql.onDialectOrElse({
        pg: () => sql<{ version: string; sizeBytes: number }>`
          SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size_bytes`,
        orElse: () => sql<{ version: string; sizeBytes: number }>`SELECT sqlite_version() AS version,
          (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()) AS size_bytes`
      })

      const database = Effect.gen(function* () {
        const [spent, rows] = yield* Effect.timed(sql<{ name: string }>`SELECT name FROM schema_migrations
          ORDER BY migration_id DESC LIMIT 1`)
        const [software] = yield* about
        return {
          version: software?.version ?? "",
          schema: rows[0]?.name ?? "",
          sizeBytes: software?.sizeBytes ?? 0,
          latencyMillis: Duration.toMillis(spent)
        } satisfies DatabaseState
      })

      // In two halves, of which each has an index: what is finished is never looked at.
      const work = sql<HeldWork>`SELECT owner, status, stage, count(*) AS n FROM (
          SELECT owner, status, stage FROM ${requestsBy(sql, "runner_requests_turns")} WHERE status = 'queued'
          UNION ALL
          SELECT owner, status, stage FROM ${requestsBy(sql, "runner_requests_outside")}
            WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed'
        ) AS active WHERE owner IS NOT NULL GROUP BY owner, status, stage ORDER BY owner, status, stage`

      return DiagnosticsStore.of({
        read: Effect.fn("DiagnosticsStore.read")(function* (rules: ClaimRules) {
          const now = yield* clock.now
          return yield* Effect.all(
            {
              now: Effect.succeed(now),
              database,
              capacity: readCapacity(sql, rules, now),
              limits: sql<LimitThatHolds>`SELECT scope, open_at, claims_open_at, code, message, refused_at, refusals
                FROM provider_limits WHERE open_at > ${instant(now)} OR claims_open_at > ${instant(now)} ORDER BY scope`,
              work
            },
            { concurrency: "unbounded" }
          )
        }, asStoreError("diagnostics"))
      })
    })
  )
}
