// This process's place among the nodes: its incarnation, its heartbeat, and the end of both.
//
// Answers for: knowing when the lease is lost: the session broke, the database says that the incarnation is dead, or no
// heartbeat was stored for the whole lease. Not for what follows (NodeLives.ts): whoever acts stops then.
// Gotchas: an incarnation is one life of one process. A process that has to stop acting comes back as a new one. One that
// stood still goes on where it was, and may hear of its end last of all: `mayAct` finds out first.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Semaphore from "effect/Semaphore"
import { heartbeatInterval, trustedAfterRenewal } from "../services/config/CallTimeouts.ts"
import { Config } from "../services/config/Config.ts"
import { NodeSession } from "../services/store/NodeSession.ts"
import { NodeStore } from "../services/store/NodeStore.ts"
import { randomId } from "../services/store/RandomId.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import * as Loop from "./Loop.ts"

const idLength = 12
const askAgainAfter = Duration.seconds(1)

export interface NodeProcess {
  readonly host: string
  readonly processId: number
}

const make = Effect.fnUntraced(function* ({ host, processId }: NodeProcess) {
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
  })
  const interval = heartbeatInterval(worker.leaseTtl)
  // The time limit inside: a renewal that never comes back is one that was not stored.
  const heartbeat = Effect.timeout(renew, interval).pipe(
    Effect.tapCause(() =>
      Effect.flatMap(overdue, (over) =>
        over ? Deferred.succeed(lost, "no heartbeat could be stored for the whole lease") : Effect.void
      )
    )
  )
  // One that was not stored is tried again within a second: a whole interval later the lease may be over.
  yield* Loop.forever("heartbeat", Effect.andThen(heartbeat, Effect.sleep(interval))).pipe(Effect.forkScoped)

  const trusted = Duration.toMillis(trustedAfterRenewal(worker.leaseTtl))
  const isKnown = Effect.gen(function* () {
    return (yield* Deferred.isDone(lost)) || (yield* clock.now) - renewedAt < trusted
  })
  const ask = Effect.catchCause(heartbeat, (cause) =>
    Effect.andThen(
      Effect.logWarning("Whether this node may still act is not known; it is asked again", cause),
      Effect.sleep(askAgainAfter)
    )
  )
  // One asks for all that want to know.
  const asking = yield* Semaphore.make(1)
  const mayAct = Effect.gen(function* () {
    while (!(yield* isKnown)) yield* asking.withPermit(Effect.flatMap(isKnown, (known) => (known ? Effect.void : ask)))
    if (yield* Deferred.isDone(lost)) yield* Effect.never
  })
  return NodeLease.of({
    incarnation,
    startedAt,
    alive: store.alive(lease),
    lead: session.lead,
    lost: Deferred.await(lost),
    isLost: Deferred.isDone(lost),
    mayAct
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
    /**
     * Comes back when this incarnation may change something outside, never when it may no longer. Asks the database when so
     * little is left of the lease that a call might outlast it.
     */
    readonly mayAct: Effect.Effect<void>
  }
>()("runnerd/fibers/NodeLease") {
  static readonly layer = (process: NodeProcess) => Layer.effect(NodeLease, make(process))
}
