// Handler of the explanation: how things stand now, by the rules that decide.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { admit } from "../../domain/Admission.ts"
import { explain } from "../../domain/Explanation.ts"
import { nextActor } from "../../domain/NextActor.ts"
import { claimRulesOf } from "../../services/ClaimRules.ts"
import { Config } from "../../services/config/Config.ts"
import { patienceOf } from "../../services/Patience.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { ExplanationStore } from "../../services/store/ExplanationStore.ts"
import { NodeStore } from "../../services/store/NodeStore.ts"
import { asStoreError } from "../../services/store/StoreError.ts"
import { Api } from "../api/Api.ts"
import type { ExplanationView } from "../api/ExplanationsApi.ts"
import { reasoningView } from "./AdmissionViews.ts"
import { notFound } from "./CatalogChanges.ts"
import { reasonView } from "./RequestViews.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { optionalTime } from "./Times.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "explanations",
  Effect.fnUntraced(function* (handlers) {
    const config = yield* Config
    const explanations = yield* ExplanationStore
    const nodes = yield* NodeStore
    const catalogStore = yield* CatalogStore
    const rules = claimRulesOf(config)
    const bounds = patienceOf(config)

    const get = Effect.fnUntraced(
      function* ({ params }: { readonly params: { readonly id: string } }) {
        const found = yield* explanations.standing(params.id, rules)
        if (Option.isNone(found)) return yield* notFound("runner not found")
        const { ahead, capacity, job, request } = found.value
        const alive = yield* nodes.alive(Duration.toMillis(config.worker.leaseTtl))
        const next = nextActor(request, capacity.now, bounds, (owner) => alive.includes(owner))
        const reasons = explain(request, { ahead, anyNode: alive.length > 0, capacity, job, next })
        const isDue = request.status === "queued" && (request.dueAt === null || request.dueAt <= capacity.now)
        const refused = request.failureStage === "admission"
        return {
          id: request.id,
          status: request.status,
          reasons: reasons.map(reasonView),
          place_in_line: isDue ? ahead + 1 : null,
          next_actor: next.who,
          acts_by: next.who === "nobody" ? null : optionalTime(next.at),
          acts_because: next.who === "nobody" ? null : next.because,
          attempts: request.attempt,
          max_attempts: config.worker.retryMaxAttempts,
          last_attempt_at: optionalTime(request.lastAttemptAt),
          last_error_stage: request.lastErrorStage,
          last_error_code: request.lastErrorCode,
          last_error_message: request.lastErrorMessage,
          next_attempt_at: request.status === "queued" ? optionalTime(request.dueAt) : null,
          reasoning: refused
            ? reasoningView(
                admit({
                  repository: request.repository,
                  labels: request.requestedLabels,
                  catalog: yield* catalogStore.current
                })
              )
            : null
        } satisfies ExplanationView
      },
      asStoreError("explanation"),
      orUnavailable
    )
    return handlers.handleAll({ get })
  })
)
