// The rows of provider_limits and provider_points.
//
// Answers for: reading and writing them inside whatever transaction the caller has. Not for what they mean.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import * as CallLimit from "../../domain/CallLimit.ts"
import type { AccountHold } from "../../domain/Capacity.ts"
import * as CreateLimit from "../../domain/CreateLimit.ts"
import { instant, requestsBy } from "./Dialect.ts"

type Sql = SqlClient.SqlClient
type LimitRow = CallLimit.CallLimit & CreateLimit.CreateLimit & { readonly scope: string }

/** Creates at E2B: one API key, one team, one row. */
export const createScope = "e2b"

export const createLimit = (sql: Sql) =>
  Effect.map(
    sql<LimitRow>`SELECT * FROM provider_limits WHERE scope = ${createScope}`,
    (rows): CreateLimit.CreateLimit => rows[0] ?? CreateLimit.unlimited
  )

export const callLimitOf = (sql: Sql, scope: string) =>
  Effect.map(
    sql<LimitRow>`SELECT * FROM provider_limits WHERE scope = ${scope}`,
    (rows): CallLimit.CallLimit => rows[0] ?? CallLimit.unlimited
  )

/** Accounts at GitHub for which nothing may be begun now. What the App asks in its own name holds up no runner. */
export const heldAccounts = (sql: Sql, now: number) =>
  Effect.map(
    sql<LimitRow>`SELECT * FROM provider_limits
      WHERE scope <> ${createScope} AND scope <> ${CallLimit.appScope}
        AND (open_at > ${instant(now)} OR claims_open_at > ${instant(now)})`,
    (rows) =>
      new Map(
        rows.map(({ claimsOpenAt, code, message, openAt, scope }): [string, AccountHold] => {
          const refused = openAt !== null && openAt > now
          const until = Math.max(openAt ?? 0, claimsOpenAt ?? 0)
          return [scope, refused ? { until, code, message } : { until, code: null, message: null }]
        })
      )
  )

// Each writer has columns of its own: on PostgreSQL two that change one row at once do not undo each other.

/** What a refusal taught, or a success unlearnt. */
export const saveRefusal = (sql: Sql, scope: string, limit: CallLimit.CallLimit | CreateLimit.CreateLimit) =>
  sql`INSERT INTO provider_limits ${sql.insert({
    scope,
    openAt: limit.openAt,
    code: limit.code,
    message: limit.message,
    refusedAt: limit.refusedAt,
    refusals: limit.refusals,
    ceiling: "ceiling" in limit ? limit.ceiling : null,
    probeAt: "probeAt" in limit ? limit.probeAt : null
  })} ON CONFLICT (scope) DO UPDATE SET open_at = excluded.open_at, code = excluded.code,
    message = excluded.message, refused_at = excluded.refused_at, refusals = excluded.refusals,
    ceiling = excluded.ceiling, probe_at = excluded.probe_at`

export const saveClaimsHold = (sql: Sql, scope: string, claimsOpenAt: number) =>
  sql`INSERT INTO provider_limits ${sql.insert({ scope, claimsOpenAt })}
    ON CONFLICT (scope) DO UPDATE SET claims_open_at = excluded.claims_open_at`

export const savePace = (sql: Sql, bucket: number | null) =>
  sql`INSERT INTO provider_limits ${sql.insert({ scope: createScope, bucket })}
    ON CONFLICT (scope) DO UPDATE SET bucket = excluded.bucket`

export const countConfirmed = (sql: Sql) =>
  sql<{ n: number }>`SELECT count(*) AS n FROM ${requestsBy(sql, "runner_requests_sandboxes")}
    WHERE sandbox_may_exist = 1 AND sandbox_id IS NOT NULL`

/** Sandboxes of ours that E2B has confirmed and that may still exist. */
export const confirmedSandboxes = (sql: Sql) => Effect.map(countConfirmed(sql), (rows) => rows[0]?.n ?? 0)

/** The points that were spent in the window that ends now. */
export const spentPoints = (sql: Sql, now: number) =>
  sql<{ scope: string; points: number; firstAt: number }>`SELECT scope, CAST(sum(points) AS INTEGER) AS points,
      min(spent_at) AS first_at FROM provider_points
    WHERE spent_at > ${instant(now - CallLimit.pointsWindowMillis)} GROUP BY scope`

export const spendPoints = (sql: Sql, scope: string, points: number, now: number) =>
  sql`INSERT INTO provider_points ${sql.insert({ scope, spentAt: now, points })}
    ON CONFLICT (scope, spent_at) DO UPDATE SET points = provider_points.points + excluded.points`

/** Forgets points that no window reaches any more. */
export const forgetPoints = (sql: Sql, now: number) =>
  sql`DELETE FROM provider_points WHERE spent_at <= ${instant(now - CallLimit.pointsWindowMillis)}`
