import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { readdirSync } from "node:fs"
import * as Migrations from "../../../src/services/store/Migrations.ts"
import * as PostgresClient from "../../../src/services/store/PostgresClient.ts"
import * as SqliteClient from "../../../src/services/store/SqliteClient.ts"
import * as PostgresDatabases from "../../support/PostgresDatabases.ts"

const { emptyDatabase } = PostgresDatabases
const postgresAt = (url: string) => PostgresClient.layer({ url: Redacted.make(url), maxConnections: 2 })

const names = Object.keys(Migrations.migrations)

describe("the list of migrations", () => {
  it("is gapless and ordered from 1, because a number below the newest would be skipped in silence", () => {
    const ids = names.map((name) => Number(/^(\d{4})_[a-z_]+$/.exec(name)?.[1]))
    assert.deepStrictEqual(
      ids,
      names.map((_, index) => index + 1)
    )
  })
  it("names every file of its folder", () => {
    const files = readdirSync("src/services/store/migrations").map((file) => file.replace(/\.ts$/, ""))
    assert.sameMembers(files, names)
  })
  const backends = [
    ["SQLite", () => SqliteClient.layer({ filename: ":memory:" })],
    ["PostgreSQL", () => Layer.unwrap(Effect.map(emptyDatabase, postgresAt))]
  ] as const
  for (const [name, client] of backends) {
    it.effect(`runs all on an empty database, records them, and runs none a second time, on ${name}`, () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        assert.strictEqual((yield* Migrations.run).length, names.length)
        assert.strictEqual((yield* Migrations.run).length, 0)
        const rows = yield* sql`SELECT * FROM schema_migrations`
        assert.strictEqual(rows.length, names.length)
      }).pipe(Effect.provide(client()))
    )
    it.effect(`refuses a schema that a newer version has made, and leaves it as it is, on ${name}`, () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Migrations.run
        const newer = names.length + 1
        yield* sql`INSERT INTO schema_migrations (migration_id, name) VALUES (${newer}, 'later')`
        const refusal = yield* Effect.flip(Migrations.run)
        assert.instanceOf(refusal, Migrations.NewerSchema)
        assert.include(refusal.message, `schema is ${newer}, and this version knows ${names.length} only`)
        const rows = yield* sql`SELECT * FROM schema_migrations`
        assert.strictEqual(rows.length, newer)
      }).pipe(Effect.provide(client()))
    )
    it.effect(`fails on a database that has the original's tables, and leaves it as it is, on ${name}`, () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE runner_groups (name TEXT PRIMARY KEY)`
        const tables = sql.onDialectOrElse({
          pg: () => sql`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
          orElse: () => sql`SELECT name FROM sqlite_master WHERE type = 'table'`
        })
        yield* Effect.flip(Migrations.run)
        assert.deepStrictEqual(yield* tables, [{ name: "runner_groups" }])
      }).pipe(Effect.provide(client()))
    )
  }
  it.effect("is run by one of the processes that start at once, and the others go on when it is done", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const process = Effect.provide(Migrations.run, postgresAt(url), { local: true })
      const ran = yield* Effect.all([process, process, process, process], { concurrency: "unbounded" })
      assert.sameMembers(
        ran.map((list) => list.length),
        [0, 0, 0, names.length]
      )
    })
  )
  it.effect(
    "makes a column an instant with its time zone exactly when its name says so, and sorts texts by bytes, on PostgreSQL (E-116)",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const columns = yield* sql<{
          columnName: string
          dataType: string
          collationName: string | null
        }>`SELECT column_name, data_type, collation_name
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations'`
        assert.isAbove(columns.length, 50)
        for (const { collationName, columnName, dataType } of columns) {
          assert.strictEqual(dataType === "timestamp with time zone", /(^|_)at$/.test(columnName), columnName)
          if (dataType === "text") assert.strictEqual(collationName, "C", columnName)
        }
      }).pipe(Effect.provide(PostgresDatabases.client))
  )
})
