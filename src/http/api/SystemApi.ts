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
        instance: Schema.String.annotate({ description: "The mark that every sandbox of this installation carries." })
      }),
      error: Unavailable
    }).annotate(OpenApi.Description, "The database answers and deliveries can be taken.")
  )
  .annotateMerge(OpenApi.annotations({ title: "System", description: "Health of the process." })) {}
