// The nodes that work on this database: one row per incarnation of a process, one heartbeat each.
//
// A request is held by an incarnation; when that is dead, others adopt what it held.
// Gotcha: the exclusive lock beside an SQLite file (DatabaseLock.ts) proves that every other incarnation in
// the table is dead, so on SQLite only this one is alive.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { instant } from "./Dialect.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface NodeIdentity {
  readonly incarnation: string
  readonly host: string
  readonly processId: number
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  return NodeStore.of({
    register: Effect.fn("NodeStore.register")(function* (node: NodeIdentity) {
      const now = yield* clock.now
      yield* sql`INSERT INTO nodes ${sql.insert({ ...node, startedAt: now, heartbeatAt: now })}`
    }, asStoreError("registerNode")),
    heartbeat: Effect.fn("NodeStore.heartbeat")(function* (incarnation: string) {
      const now = yield* clock.now
      yield* sql`UPDATE nodes SET heartbeat_at = ${instant(now)} WHERE incarnation = ${incarnation}`
    }, asStoreError("heartbeat")),
    end: Effect.fn("NodeStore.end")(function* (incarnation: string) {
      const now = yield* clock.now
      yield* sql`UPDATE nodes SET ended_at = ${instant(now)} WHERE incarnation = ${incarnation}`
    }, asStoreError("endNode"))
  })
})

export class NodeStore extends Context.Service<
  NodeStore,
  {
    readonly register: (node: NodeIdentity) => Effect.Effect<void, StoreError>
    readonly heartbeat: (incarnation: string) => Effect.Effect<void, StoreError>
    readonly end: (incarnation: string) => Effect.Effect<void, StoreError>
  }
>()("runnerd/services/store/NodeStore") {
  static readonly layer = Layer.effect(NodeStore, make)
}
