// This process's place among the nodes: its incarnation and its heartbeat.
//
// Gotcha: an incarnation is one life of one process. A process that has to stop acting comes back as a new one.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { heartbeatInterval } from "../services/config/CallTimeouts.ts"
import { Config } from "../services/config/Config.ts"
import { NodeStore } from "../services/store/NodeStore.ts"
import { randomId } from "../services/store/RandomId.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import * as Loop from "./Loop.ts"

const idLength = 12

const make = Effect.fnUntraced(function* (host: string, processId: number) {
  const store = yield* NodeStore
  const { worker } = yield* Config
  const incarnation = `${host}-${processId}-${yield* randomId(idLength)}`
  const startedAt = yield* (yield* StoreClock).now
  yield* store.register({ incarnation, host, processId })
  yield* Effect.addFinalizer(() => Effect.ignore(store.end(incarnation), { log: true }))
  yield* Loop.every("heartbeat", heartbeatInterval(worker.leaseTtl), store.heartbeat(incarnation)).pipe(
    Effect.forkScoped
  )
  return NodeLease.of({ incarnation, startedAt, alive: Effect.succeed([incarnation]) })
})

export class NodeLease extends Context.Service<
  NodeLease,
  {
    readonly incarnation: string
    /** Epoch milliseconds. Events of earlier jobs may have been sent while nobody listened. */
    readonly startedAt: number
    /** Incarnations that may hold requests, this one included. */
    readonly alive: Effect.Effect<ReadonlyArray<string>>
  }
>()("runnerd/fibers/NodeLease") {
  static readonly layer = (node: { readonly host: string; readonly processId: number }) =>
    Layer.effect(NodeLease, make(node.host, node.processId))
}
