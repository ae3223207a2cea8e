// More time for the sandbox of a runner that works.
//
// Answers for: asking E2B for it and reading back what it gave: E2B cuts silently at the plan's longest life.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { sandboxEnd } from "../domain/RunnerDeadline.ts"
import { Config } from "../services/config/Config.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { LeaseLost } from "../services/store/RequestStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import { patienceOf } from "../services/Patience.ts"
import type { RequestHandle } from "./RequestHandle.ts"

/** An extension by less is none. */
const worthwhile = Duration.toMillis("1 second")

export type Extension =
  | { readonly _tag: "Extended" }
  /** It will not live longer. `why`: a clause. */
  | { readonly _tag: "Refused"; readonly why: string }
  /** E2B gave no answer that says anything. */
  | { readonly _tag: "Unanswered" }
  | { readonly _tag: "Gone" }

const planRefuses: Extension = { _tag: "Refused", why: "E2B's plan allows no longer life" }

/** Asks for another `e2b.timeout_seconds` from now, up to `e2b.max_timeout_seconds` in all. */
export const extend = Effect.fn("SandboxLife.extend")(
  function* (handle: RequestHandle, sandboxId: string) {
    const { e2b, worker } = yield* Config
    const sandboxes = yield* Sandboxes
    const request = handle.current()
    const now = yield* (yield* StoreClock).now
    const end = sandboxEnd(request, patienceOf({ e2b, worker }))
    const longest = e2b.maxTimeout === "unlimited" ? Number.POSITIVE_INFINITY : Duration.toMillis(e2b.maxTimeout)
    const wanted = Math.min(now + Duration.toMillis(e2b.timeout), (request.creatingAt ?? now) + longest)
    const atLimit: Extension = { _tag: "Refused", why: "it has reached e2b.max_timeout_seconds" }
    if (wanted < end + worthwhile) return atLimit
    yield* sandboxes.setTimeout(sandboxId, (wanted - now) / 1000)
    const endsAt = DateTime.toEpochMillis((yield* sandboxes.get(sandboxId)).endAt)
    if (endsAt < end + worthwhile) return planRefuses
    yield* handle.record({ _tag: "SandboxExtended", endsAt })
    return { _tag: "Extended" } satisfies Extension
  },
  (self): Effect.Effect<Extension, StoreError | LeaseLost, Config | Sandboxes | StoreClock> =>
    Effect.catchTag(self, "SandboxError", ({ reason }) => {
      if (reason._tag === "SandboxGone") return Effect.succeed<Extension>({ _tag: "Gone" })
      return Effect.succeed<Extension>(reason._tag === "BadRequest" ? planRefuses : { _tag: "Unanswered" })
    })
)
