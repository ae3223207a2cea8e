// What the doctor reads of the database, over a connection of its own that can write nothing.
//
// Answers for: a picture of it at one moment, of whatever age its schema is. It takes no lock and no node's place, so it may be
// looked at beside a running service. Not for what follows (DatabaseCheck.ts, E2bChecks.ts).
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import { isConfirmed } from "../store/Instance.ts"

export interface KnownSpec {
  readonly name: string
  readonly templateId: string
  readonly runnerGroup: string | null
  readonly enabled: boolean
}

/** What runnerd has put into it. */
export interface DatabaseContents {
  /** False: sweeps and adoption stay off until `runnerd confirm-database`. */
  readonly confirmed: boolean
  readonly specs: ReadonlyArray<KnownSpec>
  /** Epoch milliseconds. */
  readonly lastWebhookAt: number | null
  /** As many sandboxes as there were when E2B refused one more; null: it has not. */
  readonly ceiling: number | null
  /** As long a life as E2B said that its plan allows when it refused a longer one; null: it has not. */
  readonly longestLifeAllowed: Duration.Duration | null
}

export interface DatabaseFacts {
  /** False: it will be made when runnerd starts for the first time. */
  readonly exists: boolean
  /** Of the migrations that have run; 0: none has. */
  readonly schema: number
  readonly latency: Duration.Duration
  /** Why nothing can be written; null: it can. */
  readonly unwritable: string | null
  /** Null: it has another version's schema, of which not even the names of the columns are known. */
  readonly contents: DatabaseContents | null
}

const nothing: DatabaseContents = {
  confirmed: true,
  specs: [],
  lastWebhookAt: null,
  ceiling: null,
  longestLifeAllowed: null
}

export const noDatabase: DatabaseFacts = {
  exists: false,
  schema: 0,
  latency: Duration.zero,
  unwritable: null,
  contents: nothing
}

type Sql = SqlClient.SqlClient

/** The newest refusals of creates that may speak of the plan. */
const looked = 20

const lifeAllowedBy = (sentences: ReadonlyArray<string>): Duration.Duration | null => {
  const limits = sentences.flatMap((sentence) => {
    const hours = /timeout cannot be greater than (\d+(?:\.\d+)?) hours?/i.exec(sentence)?.[1]
    return hours === undefined ? [] : [Number(hours)]
  })
  return limits[0] === undefined ? null : Duration.hours(limits[0])
}

const schemaOf = (sql: Sql) =>
  Effect.gen(function* () {
    const [found] = yield* sql.onDialectOrElse({
      pg: () => sql<{ n: number }>`SELECT count(*) AS n FROM pg_tables WHERE tablename = 'schema_migrations'
        AND schemaname = ANY (current_schemas(false))`,
      orElse: () => sql<{ n: number }>`SELECT count(*) AS n FROM sqlite_master WHERE name = 'schema_migrations'`
    })
    if ((found?.n ?? 0) === 0) return 0
    const [newest] = yield* sql<{ id: number | null }>`SELECT max(migration_id) AS id FROM schema_migrations`
    return newest?.id ?? 0
  })

/**
 * `newest`: the number of the newest migration that this program knows. `fingerprint`: where the database is (Instance.ts).
 * `unwritable`: why nothing can be written, as the system or the server says; null when it can.
 */
export const readFacts = Effect.fnUntraced(function* (
  sql: Sql,
  newest: number,
  fingerprint: string,
  unwritable: string | null
) {
  const [latency] = yield* Effect.timed(sql`SELECT 1 AS one`)
  const schema = yield* schemaOf(sql)
  const about = { exists: true, schema, latency, unwritable }
  if (schema !== newest) return { ...about, contents: schema === 0 ? nothing : null }
  const specs = yield* sql<{ name: string; templateId: string; runnerGroup: string | null; enabled: number }>`
    SELECT name, template_id, runner_group, enabled FROM runner_specs ORDER BY name`
  const [webhook] = yield* sql<{ at: number }>`SELECT received_at AS at FROM webhook_deliveries
    WHERE path = 'webhook' ORDER BY received_at DESC LIMIT 1`
  const [creates] = yield* sql<{ ceiling: number | null }>`SELECT ceiling FROM provider_limits WHERE scope = 'e2b'`
  const refused = yield* sql<{ error: string | null }>`SELECT error FROM runner_requests
    WHERE failure_reason = 'sandbox_bad_request' ORDER BY queued_at DESC LIMIT ${looked}`
  return {
    ...about,
    contents: {
      confirmed: yield* isConfirmed(sql, fingerprint),
      specs: specs.map((spec): KnownSpec => ({ ...spec, enabled: spec.enabled === 1 })),
      lastWebhookAt: webhook?.at ?? null,
      ceiling: creates?.ceiling ?? null,
      longestLifeAllowed: lifeAllowedBy(refused.map(({ error }) => error ?? ""))
    }
  } satisfies DatabaseFacts
})
