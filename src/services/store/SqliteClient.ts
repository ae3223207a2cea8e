// An effect/sql client over node:sqlite.
//
// Answers for: one connection, opened with the pragmas durability needs, shared through one semaphore.
// Stands in for @effect/sql-sqlite-node, which has no release that works with effect 4.1 (beta.102 fails at
// import); it goes when one appears on npm.
// Gotchas: node:sqlite is synchronous, so a statement blocks the event loop while it runs, and a busy wait
// blocks it for as long as `busy_timeout`. Booleans are bound as 0/1, instants (Dialect.ts) as milliseconds.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { toColumn, toFields } from "./ColumnNames.ts"
import { existsSync } from "node:fs"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { pathToFileURL } from "node:url"

/** `filename` is a path or `:memory:`. The folder must exist. */
export interface SqliteOptions {
  readonly filename: string
}

// WAL lets slow readers and intake go on together; FULL means that a committed delivery survives power loss,
// because GitHub never sends it again once it was answered.
export const pragmas = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  // One process owns the file (DatabaseLock.ts), so a lock is a passing reader's or an operator's.
  "PRAGMA busy_timeout = 2000",
  "PRAGMA foreign_keys = ON",
  "PRAGMA cache_size = -32000",
  // 16 MB of log between checkpoints: pages that many commits touch are written back once.
  "PRAGMA wal_autocheckpoint = 4000"
]

// Group commit makes one statement text per batch size; the cache must hold them all without growing for ever.
const preparedLimit = 500

/** As node:sqlite takes it. */
export const bind = (value: unknown): SQLInputValue => {
  if (typeof value === "boolean") return Number(value)
  if (value instanceof Date) return value.getTime()
  return value === undefined ? null : (value as SQLInputValue)
}

// node:sqlite puts SQLite's number into `errcode`; the classifier looks for it in `errno` and would call everything
// unknown, locked databases included.
export const sqlError = (cause: unknown, about: { readonly message: string; readonly operation: string }): SqlError => {
  if (cause instanceof Error && "errcode" in cause) Object.assign(cause, { errno: cause.errcode })
  return new SqlError({ reason: classifySqliteError(cause, about) })
}

class NodeSqliteConnection implements Connection {
  readonly database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.database.prepare(sql)
    if (this.#prepared.size >= preparedLimit) {
      const oldest = this.#prepared.keys().next()
      if (oldest.done !== true) this.#prepared.delete(oldest.value)
    }
    this.#prepared.set(sql, statement)
    return statement
  }

  #run<A>(operation: string, f: () => A): Effect.Effect<A, SqlError> {
    return Effect.try({
      try: f,
      catch: (cause) => sqlError(cause, { message: "SQLite statement failed", operation })
    })
  }

  #query(
    sql: string,
    params: ReadonlyArray<unknown>,
    options: { readonly prepared: boolean; readonly arrays: boolean }
  ) {
    return Effect.withFiber<ReadonlyArray<never>, SqlError>((fiber) =>
      this.#run("execute", () => {
        const statement = options.prepared ? this.#prepare(sql) : this.database.prepare(sql)
        statement.setReadBigInts(Context.get(fiber.context, SqlClient.SafeIntegers))
        statement.setReturnArrays(options.arrays)
        return statement.all(...params.map(bind)) as unknown as ReadonlyArray<never>
      })
    )
  }

  execute: Connection["execute"] = (sql, params, transformRows) =>
    Effect.map(this.#query(sql, params, { prepared: true, arrays: false }), (rows) =>
      transformRows === undefined ? rows : transformRows(rows)
    )
  executeRaw: Connection["executeRaw"] = (sql, params) => this.#query(sql, params, { prepared: true, arrays: false })
  executeValues: Connection["executeValues"] = (sql, params) =>
    this.#query(sql, params, { prepared: true, arrays: true })
  executeValuesUnprepared: Connection["executeValuesUnprepared"] = (sql, params) =>
    this.#query(sql, params, { prepared: false, arrays: true })
  executeUnprepared: Connection["executeUnprepared"] = (sql, params, transformRows) =>
    Effect.map(this.#query(sql, params, { prepared: false, arrays: false }), (rows) =>
      transformRows === undefined ? rows : transformRows(rows)
    )
  executeStream: Connection["executeStream"] = () => Stream.die(new Error("SqliteClient does not stream"))
}

const forWriting = (filename: string) => {
  const database = new DatabaseSync(filename)
  for (const pragma of pragmas) database.exec(pragma)
  return database
}

/** Where nobody writes there is no log of writes; without one, reading would make one unless the file is said to be at rest. */
const forReading = (filename: string) => {
  const url = pathToFileURL(filename)
  if (!existsSync(`${filename}-wal`)) url.searchParams.set("immutable", "1")
  const database = new DatabaseSync(url, { readOnly: true })
  database.exec("PRAGMA busy_timeout = 2000")
  return database
}

const open = (filename: string, make: (filename: string) => DatabaseSync) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new NodeSqliteConnection(make(filename)),
      catch: (cause) => sqlError(cause, { message: `Cannot open the SQLite database ${filename}`, operation: "open" })
    }),
    (connection) => Effect.sync(() => connection.database.close())
  )

const make = Effect.fnUntraced(function* (filename: string, how: (filename: string) => DatabaseSync) {
  const connection = yield* open(filename, how)
  const semaphore = yield* Semaphore.make(1)
  return yield* SqlClient.make({
    ...SqlClient.makeSqliteAcquirers({
      connection: Effect.succeed(connection),
      semaphore,
      isTransaction: () => connection.database.isTransaction
    }),
    compiler: Statement.makeCompilerSqlite(toColumn),
    transformRows: toFields,
    driver: "sqlite-node",
    spanAttributes: [["db.system.name", "sqlite"]],
    beginTransaction: "BEGIN IMMEDIATE",
    prepareTransactionControls: true
  })
})

/** Provides `SqlClient`; fails with `SqlError` when the file cannot be opened. Closed with its scope. */
export const layer = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options.filename, forWriting)).pipe(Layer.provide(Reactivity.layer))

/** The same of a file that exists, and nothing can be written; whoever writes it meanwhile is not held up. */
export const layerReading = (filename: string): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(filename, forReading)).pipe(Layer.provide(Reactivity.layer))
