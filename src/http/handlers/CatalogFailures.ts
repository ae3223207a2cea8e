// What a caller is told when a spec, a group or a policy is not what the change was meant for.
import * as Effect from "effect/Effect"
import type { PreconditionFailed as Unexpected } from "../../services/store/CatalogChange.ts"
import { NotFound, PreconditionFailed } from "../api/ApiErrors.ts"

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
export const orNotFound = (what: string) => new NotFound({ error: what, code: "not_found" })

/** Some things in a sentence: `3 requests`, `1 request`. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`
