// The lives of this node: when one incarnation may act no longer, everything that acts ends with it, and the next begins.
//
// Answers for: a process whose session broke, or whose heartbeat failed, touching nothing until it is a new incarnation;
// what it held is adopted like that of any other node. Gotcha: layers are remembered, so each life has a memory of its own.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Loop from "./Loop.ts"
import { NodeLease } from "./NodeLease.ts"

/** `life`: all that acts, and its lease. */
export const layer = <E, R>(life: Layer.Layer<NodeLease, E, R>): Layer.Layer<never, never, R> => {
  const live = Effect.scoped(
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const services = yield* Layer.buildWithMemoMap(life, Layer.makeMemoMapUnsafe(), scope)
      const reason = yield* Context.get(services, NodeLease).lost
      yield* Effect.logError(`This node stops acting and begins anew: ${reason}`)
    })
  )
  return Layer.effectDiscard(Effect.forkScoped(Loop.forever("node", live)))
}
