// What a caller is told when the store fails: 503, try again, and nothing about the inside.
import * as Effect from "effect/Effect"
import type { StoreError } from "../../services/store/StoreError.ts"
import { Unavailable } from "../api/ApiErrors.ts"

export const orUnavailable = <A, E, R>(
  self: Effect.Effect<A, E | StoreError, R>
): Effect.Effect<A, Exclude<E, StoreError> | Unavailable, R> =>
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- tsc cannot infer the result for a generic E
  Effect.catchTag(self as Effect.Effect<A, StoreError, R>, "StoreError", (error) =>
    Effect.andThen(
      Effect.logError("The database failed a request", error.operation, error.kind),
      new Unavailable({ error: "the database does not answer; try again", code: "unavailable" })
    )
  ) as Effect.Effect<A, Exclude<E, StoreError> | Unavailable, R>
