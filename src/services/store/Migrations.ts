// The list of migrations and its runner.
//
// Gotchas: only ids above the newest recorded one run, so the list must stay gapless and ordered (a test
// holds it); all pending ones run in one transaction, one process at a time.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import { advisoryLocks, exclusively } from "./Dialect.ts"
import { initial } from "./migrations/0001_initial.ts"

export const migrations = {
  "0001_initial": initial
}

const migrate = Migrator.make({})({
  loader: Migrator.fromRecord(migrations),
  table: "schema_migrations"
})

/** Brings the database to the newest schema. Fails with `MigrationError` or `SqlError`. */
export const run = Effect.flatMap(SqlClient.SqlClient, (sql) => exclusively(sql, advisoryLocks.migrations)(migrate))

export const layer = Layer.effectDiscard(Effect.asVoid(run))
