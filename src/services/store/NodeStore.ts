// The nodes that work on this database: one row per incarnation of a process, one heartbeat each.
//
// Answers for: which incarnations live. One that does not is dead for ever: its heartbeat is refused, so that it comes
// back as another, and what it held may be adopted. Where processes share a database it lives while its session lasts
// (NodeSession.ts: a process that died is seen at once) and its heartbeat is fresh (one that froze is seen when the lease is
// over). SQLite: the lock beside the file (DatabaseLock.ts) proves that every other incarnation in the table is dead.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { instant } from "./Dialect.ts"
import { NodeSession } from "./NodeSession.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface NodeIdentity {
  readonly incarnation: string
  readonly host: string
  readonly processId: number
  /** The second key of the lock that its session holds (NodeSession.ts). */
  readonly lockKey: number
}

/** A process that has not ended, as the database has it. */
export interface KnownNode {
  readonly incarnation: string
  readonly host: string
  readonly processId: number
  readonly startedAt: number
  readonly heartbeatAt: number
  /** 1: requests may be held by it. */
  readonly alive: number
  /** 1: it runs the sweeps. */
  readonly leads: number
}

/** Rows of nodes that ended are kept this long, for whoever looks into what happened. */
const keptFor = 24 * 3600 * 1000

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock

  const { shared } = yield* NodeSession
  let only: ReadonlyArray<string> = []

  const lives = (now: number, leaseMillis: number) =>
    shared === null
      ? sql`ended_at IS NULL`
      : sql`ended_at IS NULL AND heartbeat_at >= ${instant(now - leaseMillis)} AND ${shared.lasts()}`

  return NodeStore.of({
    register: Effect.fn("NodeStore.register")(
      function* (node: NodeIdentity) {
        const now = yield* clock.now
        if (shared === null) yield* sql`UPDATE nodes SET ended_at = ${instant(now)} WHERE ended_at IS NULL`
        yield* sql`INSERT INTO nodes ${sql.insert({ ...node, startedAt: now, heartbeatAt: now })}`
        only = [node.incarnation]
      },
      sql.withTransaction,
      asStoreError("registerNode")
    ),
    heartbeat: Effect.fn("NodeStore.heartbeat")(function* (incarnation: string, leaseMillis: number) {
      const now = yield* clock.now
      const rows = yield* sql`UPDATE nodes SET heartbeat_at = ${instant(now)}
        WHERE incarnation = ${incarnation} AND ${lives(now, leaseMillis)} RETURNING incarnation`
      return rows.length > 0
    }, asStoreError("heartbeat")),
    alive: Effect.fn("NodeStore.alive")(function* (leaseMillis: number) {
      // Asked every second, and known here.
      if (shared === null) return only
      const now = yield* clock.now
      const rows = yield* sql<{ incarnation: string }>`SELECT incarnation FROM nodes WHERE ${lives(now, leaseMillis)}`
      return rows.map((row) => row.incarnation)
    }, asStoreError("aliveNodes")),
    list: Effect.fn("NodeStore.list")(function* (leaseMillis: number) {
      const now = yield* clock.now
      const leads = shared === null ? sql`1 = 1` : shared.leads()
      return yield* sql<KnownNode>`SELECT incarnation, host, process_id, started_at, heartbeat_at,
        CASE WHEN ${lives(now, leaseMillis)} THEN 1 ELSE 0 END AS alive, CASE WHEN ${leads} THEN 1 ELSE 0 END AS leads
        FROM nodes WHERE ended_at IS NULL ORDER BY started_at, incarnation`
    }, asStoreError("listNodes")),
    bury: Effect.fn("NodeStore.bury")(function* (leaseMillis: number) {
      const now = yield* clock.now
      yield* sql`DELETE FROM nodes WHERE ended_at < ${instant(now - keptFor)}`
      const dead = yield* sql<{ incarnation: string }>`SELECT incarnation FROM nodes
        WHERE ended_at IS NULL AND NOT (${lives(now, leaseMillis)})`
      if (dead.length === 0) return []
      const names = dead.map((row) => row.incarnation)
      // A frozen process still holds its locks, the leader's perhaps among them.
      if (shared !== null) yield* shared.end(names)
      yield* sql`UPDATE nodes SET ended_at = ${instant(now)} WHERE ${sql.in("incarnation", names)}`
      return names
    }, asStoreError("buryNodes")),
    end: Effect.fn("NodeStore.end")(function* (incarnation: string) {
      const now = yield* clock.now
      yield* sql`UPDATE nodes SET ended_at = ${instant(now)} WHERE incarnation = ${incarnation} AND ended_at IS NULL`
    }, asStoreError("endNode"))
  })
})

export class NodeStore extends Context.Service<
  NodeStore,
  {
    readonly register: (node: NodeIdentity) => Effect.Effect<void, StoreError>
    /** Whether the incarnation still lived; one that does not has to stop acting. */
    readonly heartbeat: (incarnation: string, leaseMillis: number) => Effect.Effect<boolean, StoreError>
    readonly alive: (leaseMillis: number) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** All that have not ended, the oldest first. */
    readonly list: (leaseMillis: number) => Effect.Effect<ReadonlyArray<KnownNode>, StoreError>
    /** Writes down which incarnations died, and ends what is left of their sessions. Gives their names. */
    readonly bury: (leaseMillis: number) => Effect.Effect<ReadonlyArray<string>, StoreError>
    readonly end: (incarnation: string) => Effect.Effect<void, StoreError>
  }
>()("runnerd/services/store/NodeStore") {
  static readonly layer = Layer.effect(NodeStore, make)
}
