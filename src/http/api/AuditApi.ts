// The record of what was done by the management API: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { Moment } from "./CatalogFields.ts"
import { paged, pageQuery } from "./Paging.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const State = Schema.NullOr(Schema.Json)

export const AuditEventView = Schema.Struct({
  id: Schema.Int.annotate({ description: "Goes up with time." }),
  created_at: Moment.annotate({ description: "When it was done." }),
  actor: Schema.String.annotate({ description: "The name of the token; `admin_api` for `admin.token`." }),
  action: Schema.String.annotate({ description: "What was done: `runner_spec.update`, `runner.stop` …" }),
  resource_type: Schema.String.annotate({ description: "The kind of thing it was done to: `runner_spec` …" }),
  resource_id: Schema.String.annotate({ description: "Which one: a name, a request's id, a policy's number." }),
  before: State.annotate({ description: "How it was; null when there was nothing." }),
  after: State.annotate({ description: "How it is since; null when there is nothing any more." }),
  payload_json: Schema.String.annotate({
    description: "As text, `after`, or `before` of what was deleted: the original's field."
  })
}).annotate({ identifier: "AuditEvent" })
export type AuditEventView = typeof AuditEventView.Type

const only = (what: string) => Schema.optionalKey(Schema.String).annotate({ description: `Only events ${what}.` })

export class AuditApi extends HttpApiGroup.make("auditEvents")
  .add(
    HttpApiEndpoint.get("list", "/audit-events", {
      query: {
        ...pageQuery,
        actor: only("of this actor"),
        action: only("of this action"),
        resource_type: only("about this kind of thing"),
        resource_id: only("about the thing of this name or number")
      },
      success: paged(AuditEventView),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List audit events",
        description: "What was done by the management API, newest first. Kept for `retention.audit_days`."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Audit events", description: "Who did what, and how it was before and after." })
  ) {}
