// One runnerd per SQLite file: an exclusive lock that dies with the process that holds it.
//
// A second small SQLite file beside the database is kept in an exclusive transaction. SQLite's own file locks
// are the operating system's, so a killed process frees them at once and no stale lock can remain.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DatabaseSync } from "node:sqlite"

/** Another process has the database open. */
export class DatabaseLocked extends Schema.TaggedError<DatabaseLocked>()("DatabaseLocked", { path: Schema.String }) {
  override get message(): string {
    return `Another runnerd uses ${this.path}. Stop it first, or give this one its own database.url.`
  }
}

// node:sqlite closes a database that is garbage-collected, and the lock would go with it: whoever holds only the
// scope holds it by a thread.
const held = new Set<DatabaseSync>()

/** Held until the scope closes. Fails at once when another process holds it. */
export const acquire = (databasePath: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const lock = new DatabaseSync(`${databasePath}.lock`)
        try {
          lock.exec("PRAGMA busy_timeout = 2000; BEGIN EXCLUSIVE")
        } catch (cause) {
          lock.close()
          throw cause
        }
        held.add(lock)
        return lock
      },
      catch: () => new DatabaseLocked({ path: databasePath })
    }),
    (lock) =>
      Effect.sync(() => {
        held.delete(lock)
        lock.close()
      })
  )
