// What is measured: for Prometheus, and as the original showed it.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { Unavailable } from "./ApiErrors.ts"
import { Authorization, OpenWhenMetricsArePublic } from "./Authorization.ts"

const Exposition = Schema.String.annotate({
  description: "Lines of Prometheus' text format 0.0.4; docs/metrics.md has a table of every metric."
}).pipe(HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" }))

const Vars = Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.Record(Schema.String, Schema.Finite)]))

export class MetricsApi extends HttpApiGroup.make("metrics")
  .add(
    HttpApiEndpoint.get("metrics", "/metrics", { success: Exposition })
      .annotate(OpenWhenMetricsArePublic, true)
      .annotateMerge(
        OpenApi.annotations({
          summary: "Metrics for Prometheus",
          description:
            "Everything that is counted, for Prometheus; open to everybody when metrics.public is set. Counters are of the process that answers, gauges of the database are the same from each."
        })
      ),
    HttpApiEndpoint.get("vars", "/diagnostics/vars", {
      success: Vars.annotate({
        description:
          "By metric: a number, or a number for each key. A key is made of label values with | between them; | and \\ inside a value are preceded by \\."
      }),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Metrics under the original's names",
        description: "The same figures under the names that the original gave them; durations in milliseconds."
      })
    )
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Metrics", description: "What is measured." })) {}
