import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import { instant } from "../../../src/services/store/Dialect.ts"
import * as PostgresDatabases from "../../support/PostgresDatabases.ts"
import { forAll } from "../../support/StoreScenes.ts"

const test = <A, E>(title: string, body: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  it.effect(title, () => Effect.provide(body, PostgresDatabases.client))

describe("the PostgreSQL client", () => {
  test(
    "tells what kind of failure a statement met",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE kinds (text TEXT NOT NULL UNIQUE)`
      yield* sql`INSERT INTO kinds VALUES ('a')`
      const kindOf = (statement: Effect.Effect<unknown, { readonly reason: { readonly _tag: string } }>) =>
        Effect.map(Effect.flip(statement), ({ reason }) => reason._tag)
      assert.strictEqual(yield* kindOf(sql`INSERT INTO kinds VALUES ('a')`), "UniqueViolation")
      assert.strictEqual(yield* kindOf(sql`INSERT INTO kinds VALUES (NULL)`), "ConstraintError")
      assert.strictEqual(yield* kindOf(sql`SELECT * FROM nothing`), "SqlSyntaxError")
    })
  )
  test(
    "gives back an instant as it was given in whatever time zone the session is (E-116)",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE meetings (id BIGINT PRIMARY KEY, held_at TIMESTAMPTZ)`
      const zones = ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]
      for (const [id, zone] of zones.entries()) {
        // Within the hour that America repeats.
        const heldAt = Date.UTC(2026, 10, 1, 4, 15, id)
        const write = sql`INSERT INTO meetings ${sql.insert({ id, heldAt })}`
        yield* sql.withTransaction(Effect.andThen(sql`SELECT set_config('TimeZone', ${zone}, true)`, write))
        for (const other of zones) {
          const read = sql`SELECT held_at FROM meetings WHERE id = ${id} AND held_at = ${instant(heldAt)}`
          const rows = yield* sql.withTransaction(
            Effect.andThen(sql`SELECT set_config('TimeZone', ${other}, true)`, read)
          )
          assert.deepStrictEqual(rows, [{ heldAt }], `written in ${zone}, read in ${other}`)
        }
      }
    })
  )
  it.effect("gives back each instant and each whole number as it was given, however it was written", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE moments (id BIGINT PRIMARY KEY, made_at TIMESTAMPTZ, n BIGINT, flag INTEGER)`
      const times = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) })
      const numbers = fc.maxSafeInteger()
      yield* forAll(fc.tuple(times, times, numbers), 100, ([first, second, n]) =>
        Effect.gen(function* () {
          yield* sql`DELETE FROM moments`
          yield* sql`INSERT INTO moments ${sql.insert({ id: 1, madeAt: first, n, flag: true })}`
          assert.deepStrictEqual(yield* sql`SELECT * FROM moments`, [{ id: 1, madeAt: first, n, flag: 1 }])
          yield* sql`UPDATE moments SET ${sql.update({ madeAt: second, flag: false })} WHERE made_at = ${instant(first)}`
          assert.deepStrictEqual(yield* sql`SELECT * FROM moments`, [{ id: 1, madeAt: second, n, flag: 0 }])
        })
      )
    }).pipe(Effect.provide(PostgresDatabases.client))
  )
})
