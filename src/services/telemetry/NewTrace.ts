// The trace of a new request.
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { makeTraceparent } from "../../domain/TraceContext.ts"

/** A traceparent for each call: a root that nothing stands above. From Effect's Random, so that tests own it. */
export const newTraces: Effect.Effect<() => string> = Effect.map(
  Random.Random,
  (random) => () => makeTraceparent(() => Math.floor(random.nextDoubleUnsafe() * 2 ** 32))
)
