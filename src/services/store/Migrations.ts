// The list of migrations and its runner.
//
// Gotchas: only ids above the newest recorded one run, so the list must stay gapless and ordered (a test
// holds it); all pending ones run in one transaction.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Migrator from "effect/sql/Migrator"
import { initial } from "./migrations/0001_initial.ts"

export const migrations = {
  "0001_initial": initial
}

/** Brings the database to the newest schema. Fails with `MigrationError` or `SqlError`. */
export const run = Migrator.make({})({
  loader: Migrator.fromRecord(migrations),
  table: "schema_migrations"
})

export const layer = Layer.effectDiscard(Effect.asVoid(run))
