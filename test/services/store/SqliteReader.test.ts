import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { ReadClient } from "../../../src/services/store/ReadClient.ts"
import * as SqliteClient from "../../../src/services/store/SqliteClient.ts"
import * as SqliteReader from "../../../src/services/store/SqliteReader.ts"

const both = Layer.unwrap(
  Effect.gen(function* () {
    const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({ prefix: "runnerd-reader-" })
    const filename = `${folder}/test.db`
    return Layer.provideMerge(SqliteReader.layer(filename), SqliteClient.layer({ filename }))
  })
).pipe(Layer.provide(NodeServices.layer), Layer.fresh)

/** Counts up to `n`, which keeps a thread busy. */
const busy = (sql: SqlClient.SqlClient, n: number) =>
  sql<{
    n: number
  }>`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${n}) SELECT count(*) AS n FROM c`

const test = <A, E>(title: string, body: Effect.Effect<A, E, Layer.Success<typeof both>>) =>
  it.live(title, () => Effect.provide(body, both))

describe("the reading connection of SQLite", () => {
  test(
    "sees what is committed as soon as it is",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const reader = yield* ReadClient
      yield* sql`CREATE TABLE t (some_name TEXT, made_at BIGINT)`
      for (let n = 1; n <= 20; n += 1) {
        yield* sql`INSERT INTO t ${sql.insert({ someName: `row ${n}`, madeAt: n })}`
        const rows = yield* reader<{ someName: string; madeAt: number }>`SELECT * FROM t WHERE made_at = ${new Date(n)}`
        assert.deepStrictEqual(rows, [{ someName: `row ${n}`, madeAt: n }])
      }
    })
  )
  test(
    "does not stop the process while it reads: writes go on and are over before it",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (n INTEGER)`
      const order: Array<string> = []
      const reading = yield* busy(yield* ReadClient, 3_000_000).pipe(
        Effect.tap(() => Effect.sync(() => order.push("read"))),
        Effect.forkChild({ startImmediately: true })
      )
      for (let n = 1; n <= 20; n += 1) yield* sql.withTransaction(sql`INSERT INTO t (n) VALUES (${n})`)
      order.push("written")
      assert.strictEqual((yield* Fiber.join(reading))[0]?.n, 3_000_000)
      assert.deepStrictEqual(order, ["written", "read"])
    })
  )
  test(
    "cannot write, says what is wrong with a statement, and goes on",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const reader = yield* ReadClient
      yield* sql`CREATE TABLE t (n INTEGER)`
      const write = yield* Effect.flip(reader`INSERT INTO t (n) VALUES (1)`)
      assert.strictEqual(write._tag, "SqlError")
      const wrong = yield* Effect.flip(reader`SELECT * FROM nowhere`)
      assert.include((wrong.reason.cause as Error).message, "no such table")
      assert.deepStrictEqual(yield* reader`SELECT count(*) AS n FROM t`, [{ n: 0 }])
    })
  )
})
