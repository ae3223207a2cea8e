// Health and readiness, the two questions that an orchestrator asks, without a token; and whose token one is.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { Role } from "../../domain/Actor.ts"
import { Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"

export class SystemApi extends HttpApiGroup.make("system")
  .add(
    HttpApiEndpoint.get("healthz", "/healthz", {
      success: Schema.Struct({ status: Schema.Literal("ok").annotate({ description: "That it answers says all." }) })
    }).annotateMerge(OpenApi.annotations({ summary: "Is the process alive", description: "The process is alive." })),
    HttpApiEndpoint.get("readyz", "/readyz", {
      success: Schema.Struct({
        status: Schema.Literal("ready").annotate({ description: "503 otherwise." }),
        instance: Schema.String.annotate({ description: "The mark that every sandbox of this installation carries." }),
        warnings: Schema.Array(
          Schema.Struct({
            code: Schema.String.annotate({ description: "What it is, for programs." }),
            message: Schema.String.annotate({ description: "The same in a sentence, with what to do." })
          })
        ).annotate({
          description: "What should be looked at although deliveries can be taken; empty when all is well."
        })
      }),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Can it take deliveries",
        description: "The database answers and deliveries can be taken."
      })
    ),
    HttpApiEndpoint.get("whoami", "/whoami", {
      success: Schema.Struct({
        name: Schema.String.annotate({ description: "The token's name, as the audit trail has it." }),
        role: Role.annotate({
          description:
            "`viewer` reads, `operator` also acts on requests, `admin` also changes specs, groups and policies."
        })
      }).annotate({ identifier: "Actor" })
    })
      .annotateMerge(
        OpenApi.annotations({
          summary: "Who asks",
          description: "Whose token this is, and what it may do."
        })
      )
      .middleware(Authorization)
  )
  .annotateMerge(OpenApi.annotations({ title: "System", description: "Health of the process, and who asks." })) {}
