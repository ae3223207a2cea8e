import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { readdirSync } from "node:fs"
import * as Migrations from "../../../src/services/store/Migrations.ts"
import * as SqliteClient from "../../../src/services/store/SqliteClient.ts"

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
  it.effect("runs all on an empty database, records them, and runs none a second time", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.strictEqual((yield* Migrations.run).length, names.length)
      assert.strictEqual((yield* Migrations.run).length, 0)
      const rows = yield* sql`SELECT * FROM schema_migrations`
      assert.strictEqual(rows.length, names.length)
    }).pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" })))
  )
})
