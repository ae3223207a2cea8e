// What handlers of specs, groups and policies have in common: who changes something on what condition, and what a caller is
// told when there is no such thing or it is not what the change was meant for.
import * as Effect from "effect/Effect"
import type { Change, PreconditionFailed as Unexpected } from "../../services/store/CatalogChange.ts"
import { NotFound, PreconditionFailed } from "../api/ApiErrors.ts"
import { CurrentActor } from "../api/Authorization.ts"
import { type Conditions, conditionsHold } from "./EntityTag.ts"

/** The change that a call asks for. `viewOf`: what is shown of the resource, which its entity tag is made of. */
export const changeOf = <A>(headers: Conditions, viewOf: (value: A) => unknown) =>
  Effect.map(CurrentActor, ({ name }): Change<A> => ({ by: name, expects: conditionsHold(headers, viewOf) }))

export const orPreconditionFailed = <A, E, R>(self: Effect.Effect<A, E | Unexpected, R>) =>
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- tsc cannot infer the result for a generic E
  Effect.catchTag(self as Effect.Effect<A, Unexpected, R>, "PreconditionFailed", () =>
    Effect.fail(
      new PreconditionFailed({
        error: "what is stored is not what the If-Match or If-None-Match header says; read it again",
        code: "precondition_failed"
      })
    )
  ) as Effect.Effect<A, Exclude<E, Unexpected> | PreconditionFailed, R>

/** `what`: the sentence of the 404. */
export const notFound = (what: string) => new NotFound({ error: what, code: "not_found" })

/** A count and its thing: `3 requests`, `1 policy`. */
export const counted = (count: number, thing: string, things: string = `${thing}s`): string =>
  `${count} ${count === 1 ? thing : things}`
