// What shows that an incarnation lives, beside its heartbeat, and which node runs the sweeps.
//
// Answers for: on PostgreSQL one connection with session-level advisory locks: one per incarnation, free at once when its
// process dies, and one for the leader; and for what the others see of them. On SQLite the lock of the file says both
// (DatabaseLock.ts).
// Gotcha: the locks are the connection's. When it breaks they are gone, so the incarnation has to end with it.
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { advisoryLocks } from "./Dialect.ts"
import { session } from "./PostgresClient.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface Session {
  /** Comes back when the session is no more. */
  readonly lost: Effect.Effect<void>
  /** Whether this node runs the sweeps: it does from its first yes until its session ends. */
  readonly lead: Effect.Effect<boolean, StoreError>
}

/** What the processes on one database see of each other's sessions. */
export interface SharedSessions {
  /** Whether the session of the row of `nodes` at hand lasts: a condition. */
  readonly lasts: () => Fragment
  /** Whether it runs the sweeps: a condition. */
  readonly leads: () => Fragment
  /** Ends what is left of the sessions of these incarnations. */
  readonly end: (incarnations: ReadonlyArray<string>) => Effect.Effect<void, SqlError>
}

const open = Effect.fnUntraced(function* (config: PgConnection.Config, lockKey: number) {
  const connection = yield* Effect.flatMap(
    PgConnection.make({ ...config, ...session, keepAlive: "5 seconds" }),
    ({ pin }) => pin
  )
  const tryLock = (kind: number, key: number) =>
    Effect.map(
      connection.query("SELECT pg_try_advisory_lock($1, $2) AS held", [kind, key]),
      ({ rows }) => rows[0]!["held"] === true
    )
  yield* tryLock(advisoryLocks.presence, lockKey)
  // Nobody notifies here: the queue of a listener is what fails when the connection does.
  const ended = yield* connection.listen("runnerd_session")
  let leads = false
  return {
    lost: Effect.ignore(Effect.forever(Queue.take(ended))),
    lead: Effect.gen(function* () {
      leads ||= yield* tryLock(advisoryLocks.leadership, 0)
      return leads
    }).pipe(asStoreError("lead"))
  }
}, asStoreError("openSession"))

const inPostgres = (sql: SqlClient.SqlClient): SharedSessions => {
  const locks = (kind: number) => sql`SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid::bigint = ${kind}`
  const lockOfNode = sql`${locks(advisoryLocks.presence)} AND objid::bigint = nodes.lock_key`
  return {
    lasts: () => sql`EXISTS (${lockOfNode})`,
    leads: () => sql`EXISTS (SELECT 1 FROM (${lockOfNode}) AS held
      JOIN (${locks(advisoryLocks.leadership)}) AS lead ON lead.pid = held.pid)`,
    end: (incarnations) =>
      Effect.asVoid(sql`SELECT pg_terminate_backend(held.pid) FROM nodes CROSS JOIN LATERAL (${lockOfNode}) AS held
        WHERE ${sql.in("incarnation", incarnations)}`)
  }
}

export class NodeSession extends Context.Service<
  NodeSession,
  {
    /** Lasts until the scope closes, or until it is lost. `lockKey`: 1 to 2^31 - 1, this incarnation's own. */
    readonly open: (lockKey: number) => Effect.Effect<Session, StoreError, Scope.Scope>
    /** Null: this process is the only one, so that every other incarnation in the table is dead. */
    readonly shared: SharedSessions | null
  }
>()("runnerd/services/store/NodeSession") {
  /** For a database that only this process has. */
  static readonly alone = Layer.succeed(NodeSession, {
    open: () => Effect.succeed({ lost: Effect.never, lead: Effect.succeed(true) }),
    shared: null
  })
  static readonly postgres = (config: PgConnection.Config) =>
    Layer.effect(
      NodeSession,
      SqlClient.SqlClient.useSync((sql) => ({ open: (lockKey) => open(config, lockKey), shared: inPostgres(sql) }))
    )
}
