// What group commit does when the database does not answer. How it batches is part of the store's contract.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as SqlClient from "effect/sql/SqlClient"
import { ConnectionError, LockTimeoutError, SqlError, UnknownError } from "effect/sql/SqlError"
import { DatabaseSync } from "node:sqlite"
import * as GroupCommit from "../../../src/services/store/GroupCommit.ts"
import * as SqliteClient from "../../../src/services/store/SqliteClient.ts"

const locked = new SqlError({ reason: new LockTimeoutError({ cause: "busy" }) })
const unreachable = new SqlError({ reason: new ConnectionError({ cause: "cannot open" }) })
const other = new SqlError({ reason: new UnknownError({ cause: "disk I/O error" }) })

type Where = "begin" | "write" | "commit"

/** Four writes that arrive together; `fails` says what becomes of each try, by its number from 1 and its size. */
const four = Effect.fnUntraced(function* (where: Where, fails: (turn: number, size: number) => SqlError | undefined) {
  let turn = 0
  const failWhen = (at: Where, size: number) => {
    const error = at === where ? fails(turn, size) : undefined
    return error === undefined ? Effect.void : Effect.fail(error)
  }
  let size = 0
  const client = {
    withTransaction: <R, E, A>(self: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        turn += 1
        return failWhen("begin", 0)
      }).pipe(
        Effect.andThen(self),
        Effect.tap(() => failWhen("commit", size))
      )
  }
  const submit = yield* GroupCommit.make({
    maxBatch: 8,
    decides: false,
    write: (inputs: ReadonlyArray<number>) => {
      size = inputs.length
      return Effect.as(failWhen("write", size), inputs)
    }
  }).pipe(Effect.provideService(SqlClient.SqlClient, client as never))
  const results = yield* Effect.forEach([1, 2, 3, 4], (input) => Effect.result(submit(input)), {
    concurrency: "unbounded"
  })
  return {
    tries: turn,
    errors: results.map((result) => (result._tag === "Failure" ? result.failure : undefined))
  }
}, Effect.scoped)

const all = (error: SqlError | undefined) => [error, error, error, error]

describe("a batch that fails", () => {
  for (const [what, where, error] of [
    ["the database is locked", "write", locked],
    ["the database cannot be reached", "write", unreachable],
    ["the transaction cannot begin", "begin", other],
    ["the transaction cannot be committed", "commit", other]
  ] as const) {
    it.effect(`fails whole, with the same error and in one try, when ${what}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* four(where, () => error), { tries: 1, errors: all(error) })
      })
    )
  }
  it.effect("is redone one by one for any other failure of a write", () =>
    Effect.gen(function* () {
      const { errors, tries } = yield* four("write", (turn, size) => (size > 1 || turn === 3 ? other : undefined))
      assert.deepStrictEqual(errors, [undefined, other, undefined, undefined])
      assert.strictEqual(tries, 5)
    })
  )
  it.effect("is not redone further once the database is locked; what was written stays written", () =>
    Effect.gen(function* () {
      const { errors, tries } = yield* four("write", (turn, size) =>
        size > 1 ? other : turn === 3 ? locked : undefined
      )
      assert.deepStrictEqual(errors, [undefined, locked, locked, locked])
      assert.strictEqual(tries, 3)
    })
  )
  it.effect("by a lock of another process is not written later, and the next batch is, when the lock is gone", () =>
    Effect.gen(function* () {
      const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({ prefix: "runnerd-lock-" })
      const filename = `${folder}/runnerd.db`
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE notes (text TEXT)`
        yield* sql`PRAGMA busy_timeout = 0`
        const submit = yield* GroupCommit.make({
          maxBatch: 8,
          decides: false,
          write: (texts: ReadonlyArray<string>) =>
            Effect.as(sql`INSERT INTO notes ${sql.insert(texts.map((text) => ({ text })) as never)}`, texts)
        })
        const stranger = new DatabaseSync(filename)
        stranger.exec("BEGIN IMMEDIATE")
        const errors = yield* Effect.forEach(["a", "b", "c"], (text) => Effect.flip(submit(text)), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          errors.map((error) => error.reason._tag),
          ["LockTimeoutError", "LockTimeoutError", "LockTimeoutError"]
        )
        stranger.close()
        yield* submit("d")
        assert.deepStrictEqual(
          (yield* sql<{ text: string }>`SELECT text FROM notes`).map(({ text }) => text),
          ["d"]
        )
      }).pipe(Effect.provide(SqliteClient.layer({ filename })))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
