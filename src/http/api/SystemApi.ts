// Health and readiness: the two questions an orchestrator asks, without a token.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { Unavailable } from "./ApiErrors.ts"

export class SystemApi extends HttpApiGroup.make("system")
  .add(
    HttpApiEndpoint.get("healthz", "/healthz", {
      success: Schema.Struct({ status: Schema.Literal("ok") })
    }).annotate(OpenApi.Description, "The process is alive."),
    HttpApiEndpoint.get("readyz", "/readyz", {
      success: Schema.Struct({
        status: Schema.Literal("ready"),
        instance: Schema.String.annotate({ description: "The mark that every sandbox of this installation carries." }),
        warnings: Schema.Array(Schema.Struct({ code: Schema.String, message: Schema.String })).annotate({
          description: "What should be looked at although deliveries can be taken; empty when all is well."
        })
      }),
      error: Unavailable
    }).annotate(OpenApi.Description, "The database answers and deliveries can be taken.")
  )
  .annotateMerge(OpenApi.annotations({ title: "System", description: "Health of the process." })) {}
