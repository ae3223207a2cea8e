// What the calls to GitHub ask and tell about limits, on the store that all nodes share.
//
// Answers for: whose limit a call counts against. A store that does not answer stops no call: GitHub says no
// by itself, and the actor's own write fails soon enough.
import * as Effect from "effect/Effect"
import { appScope, type Counted, scopeOfAccount } from "../../domain/CallLimit.ts"
import { ofGitHubError } from "../../domain/Disposition.ts"
import { OnHold } from "../../domain/GitHubError.ts"
import { ProviderLimits } from "../store/ProviderLimits.ts"
import { noteRateLimit } from "../telemetry/CallMetrics.ts"
import { Metrics } from "../telemetry/Metrics.ts"
import type { Caller, CallLimits, GitHubAuth } from "./GitHubTypes.ts"

/** An App's installations are counted each for itself; one installation, token or password once. */
export const countedBy = (auth: GitHubAuth): Counted =>
  auth._tag === "App" && auth.installationId === undefined ? "each account" : "all together"

export const make = Effect.fnUntraced(function* (auth: GitHubAuth) {
  const limits = yield* ProviderLimits
  const metrics = yield* Metrics
  const scope = (caller: Caller) => (caller._tag === "App" ? appScope : scopeOfAccount(countedBy(auth), caller.login))
  return {
    held: (caller) =>
      limits.callsHeld(scope(caller)).pipe(
        Effect.map((hold) =>
          hold === null ? null : new OnHold({ untilMillis: hold.until, code: hold.code, detail: hold.message })
        ),
        Effect.catchTag("StoreError", (error) => Effect.as(Effect.logWarning("limits could not be read", error), null))
      ),
    refused: (caller, error, tookMillis) => {
      const { code, message } = ofGitHubError(error)
      return limits
        .callRefused(scope(caller), error.reason, { code, message, tookMillis })
        .pipe(Effect.ignore({ log: true }))
    },
    spent: (caller, points) => limits.spent(scope(caller), points).pipe(Effect.ignore({ log: true })),
    remaining: (caller, left) => {
      noteRateLimit(metrics, scope(caller), left)
      return limits.remaining(scope(caller), left).pipe(Effect.ignore({ log: true }))
    }
  } satisfies CallLimits
})
