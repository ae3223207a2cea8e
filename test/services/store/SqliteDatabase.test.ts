import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as SqlClient from "effect/sql/SqlClient"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { dirname } from "node:path"
import * as DatabaseLock from "../../../src/services/store/DatabaseLock.ts"
import { confirm, Instance } from "../../../src/services/store/Instance.ts"
import * as SqliteDatabase from "../../../src/services/store/SqliteDatabase.ts"

const temporaryPath = FileSystem.FileSystem.use((fs) =>
  Effect.map(fs.makeTempDirectoryScoped({ prefix: "runnerd-sqlite-" }), (folder) => `${folder}/deep/er/runnerd.db`)
)

/** Opens the database as a process would, asks, and closes it. */
const inOneLife = <A, E, R>(path: string, ask: Effect.Effect<A, E, R>) =>
  Effect.provide(ask, SqliteDatabase.layer(path), { local: true })

const killed = (child: ChildProcess) =>
  Effect.promise(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, "exit")
    child.kill("SIGKILL")
    await exit
  })

const lockHolder = (path: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [new URL("LockHolder.ts", import.meta.url).pathname, path], {
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    killed
  ).pipe(Effect.tap((child) => Effect.promise(() => once(child.stdout, "data"))))

const held = (path: string) => Effect.scoped(DatabaseLock.acquire(path))
const prepared = Effect.tap(temporaryPath, (path) =>
  FileSystem.FileSystem.use((fs) => fs.makeDirectory(dirname(path), { recursive: true }))
)

describe("the lock of a database", () => {
  it.effect("a second holder fails at once, by name, and can have it when the first has let go", () =>
    Effect.gen(function* () {
      const path = yield* prepared
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* DatabaseLock.acquire(path)
          const error = yield* Effect.flip(held(path))
          assert.strictEqual(error._tag, "DatabaseLocked")
          assert.include(error.message, path)
        })
      )
      yield* held(path)
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("a killed process frees it at once, and nothing stale remains", () =>
    Effect.gen(function* () {
      const path = yield* prepared
      const child = yield* lockHolder(path)
      assert.strictEqual((yield* Effect.flip(held(path)))._tag, "DatabaseLocked")
      yield* killed(child)
      yield* held(path)
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("is the same one under every link that leads to the file or its folder", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* prepared
      yield* fs.writeFileString(path, "")
      yield* fs.symlink(dirname(path), `${dirname(dirname(path))}/link`)
      yield* fs.symlink(path, `${path}.link`)
      yield* DatabaseLock.acquire(path)
      for (const other of [`${dirname(dirname(path))}/link/runnerd.db`, `${path}.link`]) {
        assert.strictEqual((yield* Effect.flip(held(other)))._tag, "DatabaseLocked", other)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
  it.effect("that cannot be made or opened is no other runnerd: the reason is told with the path", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* prepared
      const missing = yield* Effect.flip(held(`${path}/nowhere/runnerd.db`))
      assert.strictEqual(missing._tag, "DatabaseUnusable")
      assert.match(missing.message, /nowhere.*cannot be used: ENOENT/)
      yield* fs.writeFileString(`${path}.lock`, "no database ".repeat(200))
      const broken = yield* Effect.flip(held(path))
      assert.strictEqual(broken._tag, "DatabaseUnusable")
      assert.include(broken.message, "not a database")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("a database file", () => {
  it.effect("is its owner's alone, with all that SQLite puts beside it and the folder made for it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporaryPath
      const modeOf = (file: string) => Effect.map(fs.stat(file), ({ mode }) => mode & 0o777)
      const modes = yield* inOneLife(path, Effect.all(["", "-wal", "-shm", ".lock"].map((end) => modeOf(path + end))))
      assert.deepStrictEqual(modes, [0o600, 0o600, 0o600, 0o600])
      assert.strictEqual(yield* modeOf(dirname(path)), 0o700)
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("is made with its folder, and its instance keeps its id over restarts", () =>
    Effect.gen(function* () {
      const path = yield* temporaryPath
      const first = yield* inOneLife(
        path,
        Instance.use(({ id }) => Effect.succeed(id))
      )
      const second = yield* inOneLife(
        path,
        Instance.use(({ id }) => Effect.succeed(id))
      )
      assert.strictEqual(second, first)
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("a copy is known by its place: it is not confirmed until an operator says so", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporaryPath
      const copy = `${path}.copy`
      const look = Instance.use(({ confirmed, id }) => Effect.succeed({ confirmed, id }))
      const { confirmed, id } = yield* inOneLife(path, look)
      assert.isTrue(confirmed)
      yield* fs.copyFile(path, copy)
      assert.deepStrictEqual(yield* inOneLife(copy, look), { confirmed: false, id })
      yield* inOneLife(copy, Effect.flatMap(SqliteDatabase.fingerprint(copy), confirm))
      assert.deepStrictEqual(yield* inOneLife(copy, look), { confirmed: true, id })
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("another database is another instance", () =>
    Effect.gen(function* () {
      const ask = Instance.use(({ id }) => Effect.succeed(id))
      assert.notStrictEqual(yield* inOneLife(yield* temporaryPath, ask), yield* inOneLife(yield* temporaryPath, ask))
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("a second process is refused before it touches the file (E-86)", () =>
    Effect.gen(function* () {
      const path = yield* prepared
      yield* lockHolder(path)
      const error = yield* Effect.flip(inOneLife(path, Effect.void))
      assert.strictEqual(error._tag, "DatabaseLocked")
      assert.isFalse(yield* FileSystem.FileSystem.use((fs) => fs.exists(path)))
    }).pipe(Effect.provide(NodeServices.layer))
  )
  it.effect("survives power loss and lets readers read: WAL, full synchronisation, a busy timeout (E-105)", () =>
    Effect.gen(function* () {
      const pragmas = SqlClient.SqlClient.use((sql) =>
        Effect.all([sql`PRAGMA journal_mode`, sql`PRAGMA synchronous`, sql`PRAGMA busy_timeout`])
      )
      const values = (yield* inOneLife(yield* temporaryPath, pragmas)).map((rows) => Object.values(rows[0] ?? {})[0])
      assert.deepStrictEqual(values, ["wal", 2, 2000])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
