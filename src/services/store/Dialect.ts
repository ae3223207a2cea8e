// What differs between SQLite and PostgreSQL, in one place.
//
// Answers for: column types, instants inside a statement, and transactions that read in order to decide. The two clients
// see to the rest (SqliteClient.ts, PostgresClient.ts), so that a store's statement is written once.
// Gotchas: in the code an instant is a number, epoch milliseconds; columns named `at` or `…_at` hold instants, and
// `sql.insert` and `sql.update` turn their numbers into what the database wants. A number inside a statement does not say
// that it is an instant: there it is written `${instant(now)}`.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** An instant as a parameter of a statement. */
export const instant = (milliseconds: number): Date => new Date(milliseconds)

/** By the column's name in the code. */
export const holdsInstant = (column: string): boolean => column === "at" || column.endsWith("At")

/** Names of column types, for migrations. A TEXT of PostgreSQL sorts by bytes, as SQLite's does. */
export const columnTypes = (sql: SqlClient.SqlClient) =>
  sql.onDialectOrElse({
    pg: () => ({
      text: sql.literal('TEXT COLLATE "C"'),
      instant: sql.literal("TIMESTAMPTZ"),
      identity: sql.literal("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    }),
    orElse: () => ({
      text: sql.literal("TEXT"),
      instant: sql.literal("BIGINT"),
      identity: sql.literal("INTEGER PRIMARY KEY")
    })
  })

/** First keys of advisory locks; PostgreSQL keeps those of each database apart. The second key tells holders apart. */
export const advisoryLocks = { decisions: 7_301, migrations: 7_302, presence: 7_303, leadership: 7_304 } as const

const advisoryLock = (sql: SqlClient.SqlClient, key: number): Effect.Effect<void, SqlError> =>
  sql.onDialectOrElse({
    pg: () => Effect.asVoid(sql`SELECT pg_advisory_xact_lock(${key}, 0)`),
    orElse: () => Effect.void
  })

/**
 * One at a time over all nodes, in one transaction: what is read inside stays true until it ends. SQLite's transactions
 * are all like that (`BEGIN IMMEDIATE`); PostgreSQL gets a lock of its own.
 */
export const exclusively =
  (sql: SqlClient.SqlClient, key: number = advisoryLocks.decisions) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    sql.withTransaction(Effect.andThen(advisoryLock(sql, key), self))

const tableBy = (table: string) => (sql: SqlClient.SqlClient, index: string | null) =>
  sql.onDialectOrElse({
    pg: () => sql.literal(table),
    orElse: () => sql.literal(index === null ? table : `${table} INDEXED BY ${index}`)
  })

/** The table of requests; on SQLite, which does not know what is common, by this index. PostgreSQL chooses for itself. */
export const requestsBy = tableBy("runner_requests")

/** The table of jobs in the same way. */
export const jobsBy = tableBy("workflow_jobs")
