// Handlers of /metrics and /diagnostics/vars.
//
// Gotcha: when the database does not answer, /metrics still shows what the process itself knows, because that is when it
// is looked at; runnerd_database_up is 0 then.
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { breakerRulesOf } from "../../services/ClaimRules.ts"
import { Config } from "../../services/config/Config.ts"
import { ActiveCountStore } from "../../services/store/ActiveCountStore.ts"
import { contentType, exposition } from "../../services/telemetry/Exposition.ts"
import { type MetricsShape, makeMetrics, Metrics } from "../../services/telemetry/Metrics.ts"
import { originalVars } from "../../services/telemetry/OriginalVars.ts"
import { sharedMetricsOf } from "../../services/telemetry/SharedMetrics.ts"
import { Warnings } from "../../services/Warnings.ts"
import { Api } from "../api/Api.ts"
import { orUnavailable } from "./StoreFailures.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "metrics",
  Effect.fnUntraced(function* (handlers) {
    const rules = breakerRulesOf(yield* Config)
    const metrics = yield* Metrics
    const counts = yield* ActiveCountStore
    const warnings = yield* Warnings

    const shared = counts.read.pipe(
      Effect.map((read): MetricsShape => {
        const gauges = sharedMetricsOf(read, metrics.options, rules)
        gauges.set("runnerd_database_up", {}, 1)
        return gauges
      }),
      Effect.catchTag("StoreError", (error) =>
        Effect.as(Effect.logWarning("The database did not answer a scrape of /metrics", error.kind), withoutDatabase())
      )
    )
    const withoutDatabase = (): MetricsShape => {
      const gauges = makeMetrics(metrics.options)
      gauges.set("runnerd_database_up", {}, 0)
      return gauges
    }

    return handlers.handleAll({
      metrics: Effect.fnUntraced(function* () {
        const gauges = yield* shared
        for (const { code } of yield* warnings.all) gauges.set("runnerd_warnings", { code }, 1)
        return HttpServerResponse.text(exposition(metrics.context) + exposition(gauges.context), { contentType })
      }),
      vars: () =>
        counts.read.pipe(
          Effect.map((read) => originalVars([metrics.context, sharedMetricsOf(read, metrics.options, rules).context])),
          orUnavailable
        )
    })
  })
)
