// Whether the database can be used, and whether there is room for it.
//
// Answers for: reaching it without taking anyone's place: SQLite's file is opened for reading only and its lock is left alone,
// PostgreSQL gets statements that read. Gotcha: a file that runnerd has not made yet is no mistake; its folder must take it.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as SqlClient from "effect/sql/SqlClient"
import { accessSync, constants, existsSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { fail, type Line, ok, warn } from "../../domain/Finding.ts"
import type { DatabaseConfig, PostgresConfig } from "../config/RunnerdConfig.ts"
import { howToConfirm, isUnconfirmed } from "../store/Instance.ts"
import { newest } from "../store/Migrations.ts"
import * as PostgresClient from "../store/PostgresClient.ts"
import { connection, fingerprint, reasonOf } from "../store/PostgresDatabase.ts"
import * as SqliteClient from "../store/SqliteClient.ts"
import * as SqliteDatabase from "../store/SqliteDatabase.ts"
import { type DatabaseFacts, noDatabase, readFacts } from "./DatabaseFacts.ts"
import type { Check } from "./Examination.ts"

const refusal = (path: string): string | null => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return null
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** The folder itself, or the nearest above it that exists. */
const nearestFolder = Effect.fnUntraced(function* (file: string) {
  const path = yield* Path.Path
  let folder = path.dirname(file)
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder)
  return folder
})

const ofSqlite = Effect.fnUntraced(function* (file: string) {
  const folder = yield* nearestFolder(file)
  const unwritable = refusal(folder)
  if (!existsSync(file)) return { ...noDatabase, unwritable }
  const place = yield* SqliteDatabase.fingerprint(file)
  return yield* SqlClient.SqlClient.use((sql) => readFacts(sql, newest, place, unwritable ?? refusal(file))).pipe(
    Effect.provide(SqliteClient.layerReading(file))
  )
})

const postgresRefusal = SqlClient.SqlClient.use((sql) =>
  Effect.map(
    sql<{ recovering: boolean; readOnly: string }>`
      SELECT pg_is_in_recovery() AS recovering, current_setting('default_transaction_read_only') AS read_only`,
    ([row]) =>
      row?.recovering === true
        ? "the server is a standby"
        : row?.readOnly === "on"
          ? "default_transaction_read_only is on"
          : null
  )
)

const ofPostgres = Effect.fnUntraced(function* (config: PostgresConfig) {
  const options = yield* connection(config)
  return yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* readFacts(sql, newest, yield* fingerprint, yield* postgresRefusal)
  }).pipe(Effect.provide(PostgresClient.layer({ ...options, maxConnections: 1 })))
})

/** Fails when it cannot be reached or read. */
export const databaseFacts = (
  config: DatabaseConfig
): Effect.Effect<DatabaseFacts, unknown, FileSystem.FileSystem | Path.Path> =>
  config.backend === "sqlite" ? ofSqlite(config.path) : ofPostgres(config)

const placeOf = (config: DatabaseConfig) => (config.backend === "sqlite" ? config.path : `PostgreSQL ${config.shown}`)

/** A network or a disk that is as slow as this makes every step of runnerd's slow. */
const slow = Duration.millis(100)

const schemaLine = (schema: number): Line => {
  if (schema === newest) return ok("Its schema is what this version needs.")
  return schema < newest
    ? warn(
        `Its schema is ${schema}, and this version needs ${newest}.`,
        "It is brought up to date when runnerd starts; make a backup before."
      )
    : fail(
        `Its schema is ${schema}, and this version knows ${newest} only: a newer runnerd has used it.`,
        "Run that version, or restore a backup from before."
      )
}

const lines = (config: DatabaseConfig, facts: DatabaseFacts): ReadonlyArray<Line> => {
  const place = placeOf(config)
  const { contents, exists, latency, schema, unwritable } = facts
  const writable =
    unwritable === null
      ? ok("It can be written.")
      : fail(
          `Nothing can be written there: ${unwritable}.`,
          "Give runnerd's user the right to write, or name another place in database.url."
        )
  if (!exists) return [ok(`${place} does not exist yet; runnerd makes it when it starts.`), writable]
  const time = `${Math.ceil(Duration.toMillis(latency))} ms`
  return [
    Duration.isGreaterThan(latency, slow)
      ? warn(`${place} took ${time} to answer.`, "Bring it nearer, or see what else keeps it busy.")
      : ok(`${place} answers, in ${time}.`),
    schemaLine(schema),
    ...(contents?.confirmed === false ? [warn(`It ${isUnconfirmed}.`, `${howToConfirm}.`)] : []),
    writable
  ]
}

export const databaseCheck = (config: DatabaseConfig, facts: Effect.Effect<DatabaseFacts, unknown>): Check => ({
  name: "database",
  run: facts.pipe(
    Effect.map((found) => lines(config, found)),
    Effect.catch((error) =>
      Effect.succeed([
        fail(
          `${placeOf(config)} cannot be read: ${reasonOf(error)}.`,
          config.backend === "sqlite"
            ? "See that database.url names runnerd's database, and that this user may read it."
            : "Check database.url, database.password, and that the server runs and lets this machine in."
        )
      ])
    )
  )
})

const mebi = 1024 * 1024
/** Below this a busy day's deliveries and logs may fill it. */
const little = 1024 * mebi
/** Below this the next clean-up of the log of writes may not fit. */
const nearlyNothing = 128 * mebi

export const diskLine = (folder: string, freeBytes: number): Line => {
  const free = `${Math.floor(freeBytes / mebi)} MiB are free at ${folder}`
  const advice = "Make room, or shorten retention.*_days; a full disk stops intake."
  if (freeBytes < nearlyNothing) return fail(`${free}.`, advice)
  return freeBytes < little ? warn(`${free}.`, advice) : ok(`${free}.`)
}

export const diskCheck = (config: DatabaseConfig): Effect.Effect<Check, never, Path.Path> =>
  Effect.gen(function* () {
    if (config.backend === "postgres") {
      const line = ok("The database is on PostgreSQL's own disk, which is not looked at.")
      return { name: "disk", run: Effect.succeed([line]) }
    }
    const folder = yield* nearestFolder(config.path)
    return {
      name: "disk",
      run: Effect.map(
        Effect.tryPromise(() => statfs(folder)),
        ({ bavail, bsize }) => [diskLine(folder, bavail * bsize)]
      )
    }
  })
