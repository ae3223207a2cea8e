// The list of migrations and its runner.
//
// Gotchas: only ids above the newest recorded one run, so the list must stay gapless and ordered (a test
// holds it); all pending ones run in one transaction, one process at a time. A schema that is newer than the list is
// refused: what an older version would write there the newer one may not understand.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
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

/** The schema that this version makes and knows. */
export const newest = Object.keys(migrations).length

/** A newer version has used the database. */
export class NewerSchema extends Schema.TaggedError<NewerSchema>()("NewerSchema", { schema: Schema.Int }) {
  override get message(): string {
    return `The database's schema is ${this.schema}, and this version knows ${newest} only: a newer runnerd has used it. Run that version, or restore a backup from before.`
  }
}

const refuseNewer = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const [row] = yield* sql<{ schema: number }>`SELECT max(migration_id) AS schema FROM schema_migrations`
  if (row!.schema > newest) yield* new NewerSchema(row!)
})

/** Brings the database to the newest schema. Fails with `NewerSchema`, `MigrationError` or `SqlError`. */
export const run = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  exclusively(sql, advisoryLocks.migrations)(Effect.tap(migrate, refuseNewer(sql)))
)

export const layer = Layer.effectDiscard(Effect.asVoid(run))
