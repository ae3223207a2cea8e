// The effect/sql client for PostgreSQL: the one of @effect/sql-pg, with values as the stores know them.
//
// Answers for: instants and counts being numbers (epoch milliseconds; no BIGINT here is above 2^53), booleans 0 and 1.
// Gotchas: the driver tells the server the type of each number, so an instant has to become a Date before it is bound.
// Session limits are part of each connection's start: a process that freezes inside a transaction must not keep its locks.
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { toColumn, toField } from "./ColumnNames.ts"
import { holdsInstant, instant } from "./Dialect.ts"

// PostgreSQL counts microseconds from the year 2000.
const year2000 = 946_684_800_000

const int64 = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0)

const types = PgTypes.makeRegistry()
types.register<unknown>(PgTypes.OID.timestamptz, {
  encode: (value) => PgTypes.encode(value, PgTypes.OID.timestamptz),
  decode: (bytes) => Result.succeed(year2000 + Number(int64(bytes) / 1000n))
})
types.register<unknown>(PgTypes.OID.int8, {
  encode: (value) => PgTypes.encode(value, PgTypes.OID.int8),
  decode: (bytes) => Result.succeed(Number(int64(bytes)))
})

/** How every connection of runnerd begins. */
export const session = {
  types,
  transformQueryNames: toColumn,
  transformResultNames: toField,
  transformJson: false,
  startupParameters: {
    idle_in_transaction_session_timeout: "10s",
    lock_timeout: "20s",
    statement_timeout: "60s"
  }
} as const

type Value = Parameters<SqlClient.SqlClient["update"]>[0]

const forColumns = (row: Value): Value =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === "boolean"
        ? Number(value)
        : typeof value === "number" && holdsInstant(column)
          ? instant(value)
          : value
    ])
  )

const make = Effect.fnUntraced(function* (options: PgConnection.Config & { readonly maxConnections: number }) {
  const client: SqlClient.SqlClient = yield* PgClient.make({ ...options, ...session })
  const { insert, update } = client
  return Object.assign(client, {
    insert: (rows: Value | ReadonlyArray<Value>) => insert([rows].flat().map((row) => forColumns(row)) as never),
    update: (row: Value, omit?: ReadonlyArray<string>) => update(forColumns(row), omit)
  }) as SqlClient.SqlClient
})

/** Provides `SqlClient`. It connects when it is first used, and again when it has to. */
export const layer = (
  options: PgConnection.Config & { readonly maxConnections: number }
): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))
