// The one node that runs the sweeps.
//
// Answers for: a sweep taking place on one node at a time, and on none while nobody has confirmed that this database is
// the one whose sandboxes and runners are outside (Instance.ts), which is a warning as long as it is so. Not for when (each sweep's own loop).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Instance, unconfirmed } from "../services/store/Instance.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import { unconfirmedCode, Warnings } from "../services/Warnings.ts"
import { NodeLease } from "./NodeLease.ts"

const make = Effect.gen(function* () {
  const node = yield* NodeLease
  const instance = yield* Instance
  if (!instance.confirmed) {
    yield* (yield* Warnings).raise({ code: unconfirmedCode, message: `${unconfirmed}.` })
  }
  const leads = Effect.gen(function* () {
    if (!instance.confirmed || (yield* node.isLost)) return false
    return yield* node.lead
  })
  return Leadership.of({
    only: (step) => Effect.flatMap(leads, (yes) => (yes ? Effect.asVoid(step) : Effect.void))
  })
})

export class Leadership extends Context.Service<
  Leadership,
  {
    /** Runs the step if this node is the one; otherwise does nothing. */
    readonly only: <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.Effect<void, E | StoreError, R>
  }
>()("runnerd/fibers/Leadership") {
  static readonly layer = Layer.effect(Leadership, make)
  /** Of a node that is the only one, for tests of one sweep. */
  static readonly layerTest = Layer.succeed(Leadership, { only: (step) => Effect.asVoid(step) })
}
