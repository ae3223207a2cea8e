// `runnerd confirm-database`: an operator's word after a restore, as the command gives it to the database.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TestConsole from "effect/testing/TestConsole"
import { run } from "../src/Cli.ts"
import { Instance } from "../src/services/store/Instance.ts"
import * as SqliteDatabase from "../src/services/store/SqliteDatabase.ts"
import { minimal } from "./support/ConfigFiles.ts"

const confirmedAt = (path: string) =>
  Instance.use(({ confirmed, id }) => Effect.succeed({ confirmed, id })).pipe(
    Effect.provide(SqliteDatabase.layer(path)),
    Effect.scoped
  )

const confirm = Effect.fnUntraced(function* (folder: string, path: string) {
  const fs = yield* FileSystem.FileSystem
  const file = `${folder}/runnerd.yaml`
  yield* fs.writeFileString(file, JSON.stringify({ ...minimal, database: { url: path } }))
  return yield* run(["confirm-database", "--config", file], () => Effect.die("launched"))
})

describe("runnerd confirm-database", () => {
  it.effect("makes a copy the one to go on with, as the same installation, and says so", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const original = yield* confirmedAt(`${folder}/runnerd.db`)
      const copy = `${folder}/restored.db`
      yield* fs.copyFile(`${folder}/runnerd.db`, copy)
      assert.deepStrictEqual(yield* confirmedAt(copy), { ...original, confirmed: false })
      assert.strictEqual(yield* confirm(folder, copy), 0)
      assert.match(String((yield* TestConsole.logLines).at(-1)), /^This database is confirmed/)
      assert.deepStrictEqual(yield* confirmedAt(copy), { ...original, confirmed: true })
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("where no database is it makes none, and ends with 1 and the place", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const path = `${folder}/nowhere.db`
      assert.strictEqual(yield* confirm(folder, path), 1)
      assert.include((yield* TestConsole.errorLines).map(String).join("\n"), `there is no database at ${path}`)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["runnerd.yaml"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
