// This process's place among the nodes: its incarnation, its heartbeat, and the end of both.
//
// Answers for: knowing when the lease is lost: the session broke, the database says that the incarnation is dead, or no
// heartbeat was stored for the whole lease. Not for what follows (NodeLives.ts): whoever acts stops then.
// Gotcha: an incarnation is one life of one process. A process that has to stop acting comes back as a new one.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { heartbeatInterval } from "../services/config/CallTimeouts.ts"
import { Config } from "../services/config/Config.ts"
import { NodeSession } from "../services/store/NodeSession.ts"
import { NodeStore } from "../services/store/NodeStore.ts"
import { randomId } from "../services/store/RandomId.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import * as Loop from "./Loop.ts"

const idLength = 12

const make = Effect.fnUntraced(function* (host: string, processId: number) {
  const store = yield* NodeStore
  const clock = yield* StoreClock
  const { worker } = yield* Config
  const lease = Duration.toMillis(worker.leaseTtl)
  const incarnation = `${host}-${processId}-${yield* randomId(idLength)}`
  const lockKey = yield* Random.nextIntBetween(1, 2 ** 31 - 1)
  const lost = yield* Deferred.make<string>()
  const session = yield* (yield* NodeSession).open(lockKey)
  yield* session.lost.pipe(
    Effect.andThen(Deferred.succeed(lost, "its session with the database has ended")),
    Effect.forkScoped
  )

  const startedAt = yield* clock.now
  yield* store.register({ incarnation, host, processId, lockKey })
  yield* Effect.addFinalizer(() => Effect.ignore(store.end(incarnation), { log: true }))

  let renewedAt = startedAt
  const overdue = Effect.map(clock.now, (now) => now - renewedAt >= lease)
  const renew = Effect.gen(function* () {
    const before = yield* clock.now
    if (!(yield* store.heartbeat(incarnation, lease))) {
      return yield* Deferred.succeed(lost, "the others take it for dead")
    }
    renewedAt = before
    const dead = yield* store.bury(lease)
    if (dead.length > 0) yield* Effect.logWarning("Nodes have died; what they held is adopted", dead)
  }).pipe(
    Effect.tapCause(() =>
      Effect.flatMap(overdue, (over) =>
        over ? Deferred.succeed(lost, "no heartbeat could be stored for the whole lease") : Effect.void
      )
    )
  )
  const interval = heartbeatInterval(worker.leaseTtl)
  yield* Loop.every("heartbeat", interval, Effect.timeout(renew, interval)).pipe(Effect.forkScoped)
  return NodeLease.of({
    incarnation,
    startedAt,
    alive: store.alive(lease),
    lead: session.lead,
    lost: Deferred.await(lost),
    isLost: Deferred.isDone(lost)
  })
})

export class NodeLease extends Context.Service<
  NodeLease,
  {
    readonly incarnation: string
    /** Epoch milliseconds. Events of earlier jobs may have been sent while nobody listened. */
    readonly startedAt: number
    /** Incarnations that may hold requests; without this one in it, this node may claim nothing. */
    readonly alive: Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Whether this node runs the sweeps. */
    readonly lead: Effect.Effect<boolean, StoreError>
    /** Comes back, with the reason, when this incarnation may act no longer. */
    readonly lost: Effect.Effect<string>
    readonly isLost: Effect.Effect<boolean>
  }
>()("runnerd/fibers/NodeLease") {
  static readonly layer = (node: { readonly host: string; readonly processId: number }) =>
    Layer.effect(NodeLease, make(node.host, node.processId))
}
