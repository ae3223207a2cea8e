// One runnerd per SQLite file: an exclusive lock that dies with the process that holds it.
//
// Answers for: the lock, and saying why it cannot be had. A second small SQLite file beside the database is kept in an
// exclusive transaction. SQLite's own file locks are the operating system's, so a killed process frees them at once and
// no stale lock can remain.
// Gotcha: such a lock is lost when its process closes any descriptor of the file, so an existing file is never opened
// here but by SQLite.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { accessSync, closeSync, constants, existsSync, openSync, realpathSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** Another process has the database open. */
export class DatabaseLocked extends Schema.TaggedError<DatabaseLocked>()("DatabaseLocked", { path: Schema.String }) {
  override get message(): string {
    return `Another runnerd uses ${this.path}. Stop it first, or give this one its own database.url.`
  }
}

/** The database's files cannot be made or opened. `detail`: the system's or SQLite's reason. */
export class DatabaseUnusable extends Schema.TaggedError<DatabaseUnusable>()("DatabaseUnusable", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path} cannot be used: ${this.detail}. Check its folder and who may write there, or change database.url.`
  }
}

/** SQLite's primary result code; the extended ones have more in the upper bits. */
const sqliteBusy = 5

const isBusy = (cause: unknown) =>
  typeof cause === "object" &&
  cause !== null &&
  "errcode" in cause &&
  typeof cause.errcode === "number" &&
  (cause.errcode & 0xff) === sqliteBusy

const failure = (path: string, cause: unknown) =>
  isBusy(cause)
    ? new DatabaseLocked({ path })
    : new DatabaseUnusable({ path, detail: cause instanceof Error ? cause.message : String(cause) })

/** Makes the file, for its owner alone, unless it exists: it holds what jobs print. SQLite gives -wal and -shm its mode. */
const makePrivate = (file: string) => {
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  else closeSync(openSync(file, "wx", 0o600))
}

/** One name for one file, whichever links lead to it. */
const realPath = (file: string) =>
  existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file))

// node:sqlite closes a database that is garbage-collected, and the lock would go with it: whoever holds only the
// scope holds it by a thread.
const held = new Set<DatabaseSync>()

const open = (lockPath: string) => {
  makePrivate(lockPath)
  const lock = new DatabaseSync(lockPath)
  try {
    lock.exec("PRAGMA busy_timeout = 2000; BEGIN EXCLUSIVE")
  } catch (cause) {
    lock.close()
    throw cause
  }
  held.add(lock)
  return lock
}

/**
 * Held until the scope closes. Fails at once: with `DatabaseLocked` when another
 * process holds it, with `DatabaseUnusable` when the files cannot be made or opened. The folder must exist.
 */
export const acquire = (databasePath: string) =>
  Effect.acquireRelease(
    Effect.try({ try: () => open(`${realPath(databasePath)}.lock`), catch: (cause) => failure(databasePath, cause) }),
    (lock) =>
      Effect.sync(() => {
        held.delete(lock)
        lock.close()
      })
  )

/** Makes the database's file under the lock, if there is none yet. */
export const makeFile = (databasePath: string) =>
  Effect.try({ try: () => makePrivate(databasePath), catch: (cause) => failure(databasePath, cause) })
