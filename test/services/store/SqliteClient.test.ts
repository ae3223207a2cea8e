import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqliteClient from "../../../src/services/store/SqliteClient.ts"

describe("the SQLite client", () => {
  it.effect("tells what kind of failure a statement met", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE notes (text TEXT NOT NULL UNIQUE)`
      yield* sql`INSERT INTO notes VALUES ('a')`
      const kindOf = (statement: Effect.Effect<unknown, { readonly reason: { readonly _tag: string } }>) =>
        Effect.map(Effect.flip(statement), ({ reason }) => reason._tag)
      assert.strictEqual(yield* kindOf(sql`INSERT INTO notes VALUES ('a')`), "UniqueViolation")
      assert.strictEqual(yield* kindOf(sql`INSERT INTO notes VALUES (NULL)`), "ConstraintError")
      assert.strictEqual(yield* kindOf(sql`SELECT * FROM nothing`), "UnknownError")
    }).pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" })))
  )
  it.effect("tells that a database cannot be opened", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(Effect.void, SqliteClient.layer({ filename: "/no such folder/runnerd.db" }))
      )
      assert.strictEqual(error.reason._tag, "ConnectionError")
    })
  )
})
